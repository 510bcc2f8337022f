"""The site map, with an admin list of the same rows, columns and filters as our list."""

from django.contrib import admin

from tracker.plans.models import FollowUp


@admin.register(FollowUp)
class FollowUpAdmin(admin.ModelAdmin):
    list_display = ["recommendation", "inspection", "addressee", "owner_post", "owner_person", "state", "next_due"]
    list_filter = ["state", "addressee__level", "addressee", "live"]
    list_select_related = [
        "recommendation",
        "inspection",
        "addressee",
        "owner_post__organisation",
        "owner_person",
    ]
    list_per_page = 25
    show_full_result_count = False
    search_fields = ["recommendation__wording"]
    ordering = ["next_due", "pk"]


# After registering: the admin's addresses are made when the site map is read.
from tracker.urls import urlpatterns  # noqa: E402, F401
