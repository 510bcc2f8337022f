"""The site map, with an admin list of the same rows, columns and filters as our list."""

from django.contrib import admin

from tracker.plans.models import FollowUp
from tracker.urls import urlpatterns  # noqa: F401


class FollowUpAdmin(admin.ModelAdmin):
    list_display = ["recommendation", "inspection", "addressee", "owner_post", "owner_person", "state", "next_due"]
    list_filter = ["state", "addressee__level", "addressee", "live"]
    list_select_related = [
        "recommendation__inspection",
        "inspection",
        "addressee",
        "owner_post__organisation",
        "owner_person",
    ]
    list_per_page = 25
    show_full_result_count = False
    search_fields = ["recommendation__wording"]
    ordering = ["next_due", "pk"]


admin.site.register(FollowUp, FollowUpAdmin)
