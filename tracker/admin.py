"""Django's admin: reference data, to look at. Nothing is changed here.

Places and frameworks are shown for reference; they are brought by `script/manage import_organisations` and
`load_reference`.
"""

from django.contrib import admin

from inspections.models import Framework, KeyQuestion, Organisation, Standard


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


admin.site.site_header = "Track inspection recommendations: reference data"
admin.site.login = lambda request, extra_context=None: _sign_in(request)


def _sign_in(request):
    from django.contrib.auth.views import redirect_to_login

    return redirect_to_login(request.get_full_path())
