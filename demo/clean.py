"""`make clean`: forget the demo's data. Runs with any Python 3.11, without the environment."""

import sys

from demo.home import Home, Refused

if __name__ == "__main__":
    try:
        Home().forget()
    except Refused as error:
        sys.exit(str(error))
