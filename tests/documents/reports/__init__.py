"""The invented reports."""

from ..model import Report
from . import clauses, east, few, fresh, later, north, wales, whole

REPORTS: dict[str, Report] = {
    report.slug: report
    for module in (wales, clauses, east, few, later, north, whole, fresh)
    for report in module.REPORTS
}
