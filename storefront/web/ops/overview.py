"""The first page of `/ops`, and the products that the shop doesn't know."""

from flask import render_template

from storefront import dead_letters
from storefront.database import db
from storefront.progress import progress, remarks, stops
from storefront.stock import unknown
from storefront.web.ops.blueprint import pages
from storefront.web.ops.kinds import LOOKED_AT, open_kinds
from storefront.web.ops.letters import flower

CODES_SHOWN = 200


@pages.get("", strict_slashes=False)
def overview() -> str:
    """Show how far the shop is behind, and which messages were bad."""
    places = progress()
    return render_template(
        "ops/overview.html",
        places=places,
        remarks=list(remarks(places)),
        stopped=stops(places),
        kinds=open_kinds(),
        looked_at=LOOKED_AT,
        counts=dead_letters.counts(),
        unknown_codes=unknown.total(db.session()),
        flower=flower(),
    )


@pages.get("/unknown")
def unknown_products() -> str:
    """Show the codes that have a count and no product."""
    found = unknown.unknown(db.session(), CODES_SHOWN)
    number = unknown.total(db.session()) if len(found) == CODES_SHOWN else len(found)
    return render_template("ops/unknown.html", found=found, number=number)
