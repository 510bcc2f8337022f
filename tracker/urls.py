"""The site map: every page of the service."""

from allauth.account import views as account
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.http import require_safe

from tracker.alerts import deed_views as alerting
from tracker.alerts import raising_views as raising
from tracker.alerts import views as alerts
from tracker.api import token_views as tokens
from tracker.api import views as api
from tracker.clocks import views as clocks
from tracker.exports import calendar_views as calendars
from tracker.exports import list_views as files
from tracker.exports import long_list_views as long_lists
from tracker.exports import paper_views as papers
from tracker.insight import overview_views as overviews
from tracker.insight import ratings_views as rated
from tracker.insight import recurring_views as recurring
from tracker.insight import search_views as searching
from tracker.journal import views as journal
from tracker.people import views as people
from tracker.plans import action_views as acting
from tracker.plans import bulk_views as bulk
from tracker.plans import closing_views as closing
from tracker.plans import date_views as dates
from tracker.plans import deed_views as deeds
from tracker.plans import evidence_views as evidence
from tracker.plans import external_views as outside
from tracker.plans import plan_views as action_plans
from tracker.plans import verify_views as verifying
from tracker.plans import views as plans
from tracker.published import figure_views as figures
from tracker.published import import_views as imports
from tracker.published import views as published
from tracker.reminders import overdue_views as overdue
from tracker.reminders import preference_views as wishes
from tracker.reminders import timetable_views as timetable
from tracker.reminders import views as reminders
from tracker.saved import views as saved


@require_safe
@login_not_required
def accessibility(request):
    return render(request, "accessibility.html")


urlpatterns = [
    # Inspections, and importing them: inspectors
    path("inspections/", published.inspections, name="inspections"),
    path("inspections/export.csv", files.inspections, {"suffix": "csv"}, name="inspections_csv"),
    path("inspections/export.xlsx", files.inspections, {"suffix": "xlsx"}, name="inspections_xlsx"),
    path("inspections/import/", imports.import_report, name="import_report"),
    path("inspections/import/<int:pk>/", imports.import_draft, name="import_draft"),
    path("inspections/import/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("inspections/enter/", imports.enter_inspection, name="enter_inspection"),
    path("inspections/<slug:slug>/", published.inspection, name="inspection"),
    path("inspections/<slug:slug>/source/", published.inspection_source, name="inspection_source"),
    path("inspections/<slug:slug>/previous/", published.inspection_previous, name="inspection_previous"),
    path("inspections/<slug:slug>/action-plan/", papers.action_plan, name="action_plan"),
    path("inspections/<slug:slug>/action-plan.<slug:suffix>", papers.action_plan_file, name="action_plan_file"),
    path("inspections/<slug:slug>/previous.<slug:suffix>", papers.progress_file, name="progress_file"),
    path("inspections/<slug:slug>/correct/", imports.inspection_correct, name="inspection_correct"),
    # Recommendations that say the same; joining and splitting them: inspectors
    path("recurring/", recurring.recurring_list, name="recurring"),
    path("recurring/<int:pk>/", recurring.recurring_group, name="recurring_group"),
    path("recurring/<int:pk>/split/", recurring.recurring_split, name="recurring_split"),
    path("recurring/join/<int:pk>/", recurring.recurring_join, name="recurring_join"),
    path("recurring/choices/<int:pk>/undo/", recurring.recurring_undo, name="recurring_undo"),
    # Organisations
    path("organisations/", published.organisations, name="organisations"),
    path("organisations/<slug:slug>/", published.organisation, name="organisation"),
    path("organisations/<slug:slug>/figures/", figures.organisation_figures, name="organisation_figures"),
    path("organisations/<slug:slug>/figures/<int:pk>/take-back/", figures.take_back_figure, name="take_back_figure"),
    # What is done about each recommendation
    path("", plans.home, name="your_work"),
    path("your-work/", plans.work, name="work"),
    path("recommendations/", plans.recommendations, name="recommendations"),
    path("recommendations/export.csv", files.recommendations, {"suffix": "csv"}, name="recommendations_csv"),
    path("recommendations/export.xlsx", files.recommendations, {"suffix": "xlsx"}, name="recommendations_xlsx"),
    path("recommendations/bulk/", bulk.recommendations, name="bulk_recommendations"),
    path("recommendations/<int:pk>/", plans.recommendation, name="recommendation"),
    path("recommendations/<int:pk>/answer/", deeds.answer, name="answer"),
    path("recommendations/<int:pk>/assign/", deeds.assign, name="assign"),
    path("recommendations/<int:pk>/start-clock/", deeds.start_clock, name="start_clock"),
    path("recommendations/<int:pk>/close/", closing.close, name="close"),
    path("recommendations/<int:pk>/close-not-agreed/", closing.close_not_agreed, name="close_not_agreed"),
    path("recommendations/<int:pk>/accept-risk/", closing.accept_risk, name="accept_risk"),
    path("recommendations/<int:pk>/supersede/", closing.supersede, name="supersede"),
    path("recommendations/<int:pk>/reopen/", closing.reopen, name="reopen"),
    path("recommendations/<int:pk>/actions/new/", acting.add_action, name="add_action"),
    path("recommendations/<int:pk>/tie/", alerts.tie, name="tie"),
    path("recommendations/<int:pk>/carry-forward/", alerts.carry_forward, name="carry_forward"),
    path("actions/", plans.actions, name="actions"),
    path("actions/export.csv", files.actions, {"suffix": "csv"}, name="actions_csv"),
    path("actions/export.xlsx", files.actions, {"suffix": "xlsx"}, name="actions_xlsx"),
    path("actions/bulk/", bulk.actions, name="bulk_actions"),
    path("bulk/<int:pk>/", bulk.answer, name="bulk_deed"),
    path("actions/<int:pk>/", acting.action, name="action"),
    path("actions/<int:pk>/edit/", acting.edit_action, name="edit_action"),
    path("actions/<int:pk>/cancel/", acting.cancel_action, name="cancel_action"),
    path("actions/<int:pk>/assign/", acting.reassign_action, name="reassign_action"),
    path("actions/<int:pk>/outside/", outside.name_external, name="name_external"),
    path("actions/<int:pk>/outside/ask/", outside.ask_external, name="ask_external"),
    path("actions/<int:pk>/outside/revoke/", outside.revoke_links, name="revoke_links"),
    path("update/<str:token>/", outside.update_by_link, name="update_by_link"),
    path("actions/<int:pk>/claim/", acting.claim_action, name="claim_action"),
    path("actions/<int:pk>/verify/", verifying.verify_action, name="verify_action"),
    path("actions/<int:pk>/pause/", overdue.pause_action, name="pause_action"),
    path("actions/<int:pk>/pause/end/", overdue.end_pause_action, name="end_pause_action"),
    path("actions/<int:pk>/date/ask/", dates.ask_date, name="ask_date"),
    path("dates/", dates.date_changes, name="dates"),
    path("dates/<int:pk>/", dates.decide_date, name="decide_date"),
    path("verify/", verifying.verify_queue, name="verify_queue"),
    path("actions/<int:pk>/evidence/new/", evidence.add, name="add_evidence"),
    path("evidence/<int:pk>/", evidence.evidence, name="evidence"),
    path("evidence/<int:pk>/file/", evidence.download, name="evidence_file"),
    path("evidence/<int:pk>/replace/", evidence.replace, name="replace_evidence"),
    path("evidence/<int:pk>/remove/", evidence.remove, name="remove_evidence"),
    # Action plans, on their way to the level above
    path("plans/", action_plans.plans, name="plans"),
    path("plans/<int:pk>/", action_plans.plan, name="plan"),
    path("plans/<int:pk>/submit/", action_plans.submit_plan, name="submit_plan"),
    path("plans/<int:pk>/take-back/", action_plans.take_back_plan, name="take_back_plan"),
    path("plans/<int:pk>/sign-off/", action_plans.sign_off_plan, name="sign_off_plan"),
    path("plans/<int:pk>/send-back/", action_plans.send_plan_back, name="send_plan_back"),
    path("plans/<int:pk>/pause/", overdue.pause_plan, name="pause_plan"),
    path("plans/<int:pk>/pause/end/", overdue.end_pause_plan, name="end_pause_plan"),
    path("plans/<int:pk>/move/", action_plans.move_plan_action, name="move_plan_action"),
    # Organisational alerts
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/export.csv", files.alerts, {"suffix": "csv"}, name="alerts_csv"),
    path("alerts/export.xlsx", files.alerts, {"suffix": "xlsx"}, name="alerts_xlsx"),
    path("alerts/raise/", raising.raise_alert, name="raise_alert"),
    path("alerts/<int:pk>/", alerts.alert, name="alert"),
    path("alerts/<int:pk>/letter.docx", alerts.letter_docx, name="alert_letter_docx"),
    path("alerts/<int:pk>/letter.pdf", alerts.letter_pdf, name="alert_letter_pdf"),
    path("alerts/<int:pk>/response.docx", alerts.response_docx, name="alert_response_docx"),
    path("alerts/<int:pk>/response.pdf", alerts.response_pdf, name="alert_response_pdf"),
    path("alerts/<int:pk>/acknowledge/", alerting.acknowledge, name="acknowledge_alert"),
    path("alerts/<int:pk>/respond/", alerting.respond, name="respond_alert"),
    path("alerts/<int:pk>/judge/", alerting.judge, name="judge_alert"),
    path("alerts/<int:pk>/readings/", alerting.add_readings, name="add_readings"),
    path("alerts/<int:pk>/readings/file/", alerting.readings_file, name="readings_file"),
    path("alerts/<int:pk>/checkpoint/", alerting.hold_checkpoint, name="hold_checkpoint"),
    path("alerts/<int:pk>/stand-down/ask/", alerting.ask_end, name="ask_stand_down"),
    path("alerts/<int:pk>/stand-down/decide/", alerting.decide_end, name="decide_stand_down"),
    path("alerts/<int:pk>/reopen/", alerting.reopen, name="reopen_alert"),
    path("alerts/<int:pk>/withdraw/", alerting.withdraw, name="withdraw_alert"),
    path("alerts/<int:pk>/pause/", alerting.pause, name="pause_alert"),
    path("alerts/<int:pk>/start-clock/", alerting.start_clock, name="start_alert_clock"),
    path("alerts/<int:pk>/circle/", alerting.change_circle, name="change_circle"),
    path("alerts/<int:pk>/actions/new/", alerts.add_action, name="add_alert_action"),
    path("alerts/<int:pk>/actions/<int:action>/concerns/", alerting.link_concerns, name="link_concerns"),
    # Filters of a list, saved under a name
    path("views/", saved.views, name="views"),
    path("views/save/", saved.save_view, name="save_view"),
    path("views/<int:pk>/", saved.saved_view, name="saved_view"),
    path("views/<int:pk>/open/", saved.open_view, name="open_view"),
    # Numbers, each the door to its list
    path("overview/", overviews.own, name="own_overview"),
    path("overview/<slug:slug>/", overviews.place, name="overview"),
    path("overview/<slug:slug>/pack/", papers.committee_pack, name="committee_pack"),
    path("overview/<slug:slug>/pack.<slug:suffix>", papers.committee_pack_file, name="committee_pack_file"),
    path("ratings/", overviews.ratings, name="ratings"),
    path("ratings/key-questions/", rated.key_questions, name="key_questions"),
    path("organisations/<slug:slug>/ratings/", rated.ratings_over_time, name="ratings_over_time"),
    # Words, wherever the reader may see them
    path("search/", searching.search_page, name="search"),
    # What happened, by the journal
    path("recommendations/<int:pk>/evidence-pack.<slug:suffix>", papers.evidence_pack, name="evidence_pack"),
    path("recommendations/<int:pk>/timeline/", journal.recommendation_timeline, name="recommendation_timeline"),
    path("actions/<int:pk>/timeline/", journal.action_timeline, name="action_timeline"),
    path("plans/<int:pk>/timeline/", journal.plan_timeline, name="plan_timeline"),
    path("organisations/<slug:slug>/timeline/", journal.organisation_timeline, name="organisation_timeline"),
    # People and posts: administrators
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="new_person"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/cover/", people.cover_of, name="cover_of"),
    path("posts/", people.posts, name="posts"),
    path("posts/new/", people.new_post, name="new_post"),
    path("posts/<int:pk>/", people.post, name="post"),
    # Limits: read by whoever works there, set by administrators
    path("limits/", clocks.limits, name="limits"),
    path("limits/<slug:slug>/", clocks.limits_of, name="limits_of"),
    path("limits/<slug:slug>/edit/", clocks.edit_limits, name="edit_limits"),
    # Who stands in for the reader
    path("cover/", people.cover, name="cover"),
    # When the reader's mail comes; and the address in a mail that stops most of it, without signing in
    path("preferences/", wishes.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", wishes.unsubscribe, name="unsubscribe"),
    # Long lists as files, made while the reader goes on
    path("exports/", long_lists.exports, name="exports"),
    path("exports/new/<str:name>/", long_lists.new_export, name="new_export"),
    path("exports/<int:pk>/", long_lists.export, name="export"),
    path("exports/<int:pk>/file/", long_lists.export_file, name="export_file"),
    # The reader's dates in a calendar: the page with its address, and what is read there
    path("calendar/", calendars.calendar, name="calendar"),
    path("calendar/<str:secret>.ics", calendars.calendar_feed, name="calendar_feed"),
    # Mails: one's own; administrators see all
    path("sent/", reminders.sent, name="sent"),
    path("sent/<int:pk>/", reminders.mail, name="mail"),
    path("sent/<int:pk>/html/", reminders.mail_html, name="mail_html"),
    # For GOV.UK Notify: what became of a mail; by token
    path("notify/callback/", reminders.notify_callback, name="notify_callback"),
    # What runs by itself: administrators
    path("timetable/", timetable.timetable, name="timetable"),
    path("timetable/held/<int:pk>/", timetable.held_run, name="held_run"),
    # For the machine that watches
    path("healthz", reminders.healthz, name="healthz"),
    path("readyz", reminders.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    # Signing in: these of django-allauth's pages and no others
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/signup/", account.signup, name="account_signup"),  # says that it is closed
    path("account/password/change/", account.password_change, name="account_change_password"),
    path("account/password/reset/", account.password_reset, name="account_reset_password"),
    path("account/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("accessibility/", accessibility, name="accessibility"),
    # For programs: by token, never by session
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("people/<int:pk>/tokens/", tokens.tokens_of, name="tokens_of"),
    path("api/", api.guide, name="api"),
    path("api/schema/", api.schema, name="api_schema"),
    path("api/recommendations/", api.recommendations, name="api_recommendations"),
    path("api/recommendations/<int:pk>/", api.recommendation, name="api_recommendation"),
    path("api/actions/", api.actions, name="api_actions"),
    path("api/actions/<int:pk>/", api.action, name="api_action"),
    path("api/actions/<int:pk>/updates/", api.updates, name="api_updates"),
    path("api/actions/<int:pk>/claim/", api.claim, name="api_claim"),
    path("api/alerts/", api.alerts, name="api_alerts"),
    path("api/alerts/<int:pk>/", api.alert, name="api_alert"),
    path("api/alerts/<int:pk>/readings/", api.readings, name="api_readings"),
    path("api/inspections/", api.inspections, name="api_inspections"),
    path("api/organisations/", api.organisations, name="api_organisations"),
    path("api/<path:rest>", api.nothing, name="api_nothing"),
]
