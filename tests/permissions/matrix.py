"""Who may do what, written by hand, cell by cell; it imports no rule of the service.

The work is London's. y: may. n: sees it and may not (403). h: does not see it (404). s: is sent to sign in.
"""

COLUMNS = [
    "lead_own", "lead_above", "lead_below", "lead_other",
    "viewer_own", "viewer_above", "viewer_below", "viewer_other",
    "contributor_own", "contributor_above", "contributor_below", "contributor_other",
    "owner", "helper", "stand_in", "inspector", "worked", "administrator", "nobody", "stranger",
]  # fmt: skip

#                        lead viewer contr. own-help-stand insp-worked-adm none-out
ROWS = """
see_recommendation       yyhh yyhh   hhhh   yyy            yyy             hs
answer                   ynhh nnhh   hhhh   nny            nnn             hs
assign                   ynhh nnhh   hhhh   nny            nnn             hs
add_action               ynhh nnhh   hhhh   nny            nnn             hs
start_clock              nnhh nnhh   hhhh   nnn            yyn             hs
close                    nnhh nnhh   hhhh   nnn            yyn             hs
close_not_agreed         nnhh nnhh   hhhh   nnn            yyn             hs
accept_risk              nyhh nnhh   hhhh   nnn            nnn             hs
supersede                nnhh nnhh   hhhh   nnn            yyn             hs
carry_forward            nnhh nnhh   hhhh   nnn            yyn             hs
reopen                   nnhh nnhh   hhhh   nnn            yyn             hs
tie                      nnhh nnhh   hhhh   nnn            yyn             hs
note_recommendation      yyhh nnhh   hhhh   nny            yyn             hs
see_action               yyhh yyhh   hhhh   yyy            yyy             hs
edit                     ynhh nnhh   hhhh   nny            nnn             hs
reassign                 ynhh nnhh   hhhh   nny            nnn             hs
post_update              ynhh nnhh   hhhh   yyy            nnn             hs
add_evidence             ynhh nnhh   hhhh   yyy            nnn             hs
replace_evidence         ynhh nnhh   hhhh   yyy            nnn             hs
remove_evidence          ynhh nnhh   hhhh   yny            nny             hs
claim                    ynhh nnhh   hhhh   yny            nnn             hs
verify                   nnhh nnhh   hhhh   nnn            ynn             hs
send_back                nnhh nnhh   hhhh   nnn            ynn             hs
cancel                   ynhh nnhh   hhhh   nny            nnn             hs
reorder                  ynhh nnhh   hhhh   nny            nnn             hs
ask_date                 ynhh nnhh   hhhh   nny            nnn             hs
name_external            ynhh nnhh   hhhh   nny            nnn             hs
ask_external             ynhh nnhh   hhhh   nny            nnn             hs
revoke_links             ynhh nnhh   hhhh   nny            nnn             hs
note_action              yyhh nnhh   hhhh   yyy            yyn             hs
pause_action             nyhh nnhh   hhhh   nnn            nnn             hs
see_date_change          yyhh yyhh   hhhh   yyy            yyy             hs
agree_date               nyhh nnhh   hhhh   nnn            nnn             hs
refuse_date              nyhh nnhh   hhhh   nnn            nnn             hs
withdraw_date            ynhh nnhh   hhhh   nny            nnn             hs
see_plan                 yyhh yyhh   hhhh   hhy            yyy             hs
submit                   ynhh nnhh   hhhh   hhy            nnn             hs
take_back                ynhh nnhh   hhhh   hhy            nnn             hs
sign_off                 nyhh nnhh   hhhh   hhn            nnn             hs
send_plan_back           nyhh nnhh   hhhh   hhn            nnn             hs
pause_plan               nyhh nnhh   hhhh   hhn            nnn             hs
see_place_timeline       yyhh yyhh   hhhh   hhy            yyy             hs
see_alert                yyhh yyhh   hhhh   yhy            yyy             hs
see_restricted_alert     yyhh hhhh   hhhh   yhy            yhh             hs
raise_alert              nnnn nnnn   nnnn   nnn            yyn             ns
alert_acknowledge        yyhh nnhh   hhhh   nhy            nnn             hs
alert_add_action         yyhh nnhh   hhhh   nhy            nnn             hs
alert_link_concerns      yyhh nnhh   hhhh   nhy            yyn             hs
alert_respond            yyhh nnhh   hhhh   nhy            nnn             hs
alert_accept             nnhh nnhh   hhhh   nhn            yyn             hs
alert_return_response    nnhh nnhh   hhhh   nhn            yyn             hs
alert_add_reading        yyhh nnhh   hhhh   nhy            yyn             hs
alert_hold_checkpoint    nyhh nnhh   hhhh   nhn            nnn             hs
alert_ask_end            ynhh nnhh   hhhh   nhy            nnn             hs
alert_agree_end          nyhh nnhh   hhhh   nhn            nnn             hs
alert_refuse_end         nyhh nnhh   hhhh   nhn            yyn             hs
alert_confirm_end        nnhh nnhh   hhhh   nhn            yyn             hs
alert_reopen             nnhh nnhh   hhhh   nhn            yyn             hs
alert_withdraw           nnhh nnhh   hhhh   nhn            yyn             hs
alert_pause              nnhh nnhh   hhhh   nhn            yyn             hs
alert_start_clock        nnhh nnhh   hhhh   nhn            yyn             hs
alert_change_circle      nnhh nnhh   hhhh   nhn            yyn             hs
see_queue                nnnn nnnn   nnnn   nnn            yyn             ns
import_report            nnnn nnnn   nnnn   nnn            yyn             ns
see_recurring            yyyy yyyy   yyyy   yyy            yyy             ys
join_recommendations     nnnn nnnn   nnnn   nnn            yyn             ns
split_recommendation     nnnn nnnn   nnnn   nnn            yyn             ns
undo_grouping            nnnn nnnn   nnnn   nnn            yyn             ns
see_figures              yyyy yyyy   yyyy   yyy            yyy             ys
enter_figure             nnnn nnnn   nnnn   nnn            yyn             ns
take_back_figure         nnnn nnnn   nnnn   nnn            yyn             ns
set_plan_due             nnnn nnnn   nnnn   nnn            yyn             ns
manage_people            nnnn nnnn   nnnn   nnn            nny             ns
see_limits               yyhh yyhh   yyhh   yhy            yyy             hs
lift_stop                nnnn nnnn   nnnn   nnn            nny             ns
set_limit                nnnn nnnn   nnnn   nnn            nny             ns
unset_limit              nnnn nnnn   nnnn   nnn            nny             ns
make_calendar            yyyy yyyy   yyyy   yyy            yyy             ys
make_export              yyyy yyyy   yyyy   yyy            yyy             ys
choose_mail              yyyy yyyy   yyyy   yyy            yyy             ys
release_mails            nnnn nnnn   nnnn   nnn            nny             ns
save_view                yyyy yyyy   yyyy   yyy            yyy             ys
see_shared_view          yhyh yhyh   yhyh   yhy            hhh             hs
share_view               ynnn nnnn   nnnn   nny            nnn             ns
unshare_view             yhnh nhnh   nhnh   nhy            hhh             hs
follow_view              yhyh yhyh   yhyh   yhy            hhh             hs
name_stand_in            yyyy yyyy   yyyy   yyy            yyy             ys
name_stand_in_of         nnnn nnnn   nnnn   nnn            nny             ns
make_token               yyyy yyyy   yyyy   yyy            yyy             ys
revoke_token_of          nnnn nnnn   nnnn   nnn            nny             ns
"""

MATRIX = {
    name: dict(zip(COLUMNS, "".join(cells), strict=True))
    for name, *cells in (line.split() for line in ROWS.strip().splitlines())
}
