"""What `celery -A storefront.worker flower` reads, wherever it is started; its command line wins.

FLOWER_ADDRESS and FLOWER_PORT say where it listens, FLOWER_BASIC_AUTH who may look, FLOWER_DB in which file it keeps
what it has seen. OPS_URL is where a failed task's message is looked at and mended.
"""

from typing import Any

from tornado.options import options

from runtime import logs, settings
from storefront.config import Settings
from storefront.failed_tasks import make_readable

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
EXPECTED = "expected user:password. Example: FLOWER_BASIC_AUTH=dev:$(openssl rand -hex 16)"

basic_auth = [account for account in options.basic_auth or () if account]
if not basic_auth and options.address not in LOOPBACK:
    settings.give_up(f"FLOWER_BASIC_AUTH is not set, and FLOWER_ADDRESS is not 127.0.0.1; {EXPECTED}")
if not all(all(account.partition(":")) for account in basic_auth):  # it may be several, with commas between them
    settings.give_up(f"FLOWER_BASIC_AUTH is (not shown); {EXPECTED}")

_shop = settings.load(Settings)
logs.configure("flower", _shop.log_level, _shop.log_format)

read_only = True  # nobody stops a worker or starts a task from a web page: the commands do that
enable_events = False  # the workers send them already (storefront/queue.py)
max_tasks = 20_000  # the oldest go first; 200 MB. Dead letters stay in the database
persistent = True  # a restart forgets nothing,
state_save_interval = 60_000  # milliseconds: a kill forgets the last minute
purge_offline_workers = 3_600  # seconds; each start of a container is a worker with a new name
# The first four fit a window of 1280: which message, when, and what is wrong with it.
tasks_columns = "state,received,args,exception,uuid,worker,runtime,name"


def format_task(task: Any) -> Any:
    """Show of a failed task its sentence alone, and as its result where to go from here."""
    make_readable(task, str(_shop.ops_url) if _shop.ops_url else None)
    return task
