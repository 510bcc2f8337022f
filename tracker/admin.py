"""Django's admin: reference data only, and every change through the operation that records it.

Places and frameworks are shown for reference; they are brought by `script/manage import_organisations` and
`load_reference`. Limits are set here until they have a page of their own.
"""

from django.contrib import admin, messages
from django.utils import timezone

from inspections.models import Framework, KeyQuestion, Organisation, Standard
from tracker.clocks.models import Limit
from tracker.clocks.operations import set_limit


class ReadOnly(admin.ModelAdmin):
    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Organisation)
class OrganisationAdmin(ReadOnly):
    list_display = ["name", "short_name", "level", "parent", "code", "valid_from", "valid_to"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["name", "short_name", "code"]


@admin.register(Framework)
class FrameworkAdmin(ReadOnly):
    list_display = ["name", "valid_from"]


@admin.register(Standard)
class StandardAdmin(ReadOnly):
    list_display = ["number", "name", "rated", "framework"]
    list_select_related = ["framework"]


@admin.register(KeyQuestion)
class KeyQuestionAdmin(ReadOnly):
    list_display = ["text", "standard", "position"]
    list_select_related = ["standard"]


@admin.register(Limit)
class LimitAdmin(admin.ModelAdmin):
    actions = None
    list_display = ["name", "days", "organisation", "set_by", "set_at"]
    list_select_related = ["organisation", "set_by"]
    fields = ["organisation", "name", "days"]

    def save_model(self, request, obj, form, change):
        limit = set_limit(obj.organisation, obj.name, obj.days, by=request.user, at=timezone.now())
        obj.pk = limit.pk

    def has_change_permission(self, request, obj=None):
        return False  # a limit is set anew: the journal keeps what it was

    def has_delete_permission(self, request, obj=None):
        return False

    def log_addition(self, request, obj, message):
        """Our own journal has it; the admin's log would need its own table of content types."""

    def response_add(self, request, obj, post_url_continue=None):
        messages.success(request, f"{obj} is in force.")
        return self.response_post_save_add(request, obj)


admin.site.site_header = "Track inspection recommendations: reference data"
admin.site.login = lambda request, extra_context=None: _sign_in(request)


def _sign_in(request):
    from django.contrib.auth.views import redirect_to_login

    return redirect_to_login(request.get_full_path())
