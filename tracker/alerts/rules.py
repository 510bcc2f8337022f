"""The life of an organisational alert. No ORM, no request, no clock."""

ALERT_STATES = {
    "raised": "Raised",
    "acknowledged": "Acknowledged",
    "responded": "Responded",
    "monitoring": "Monitoring",
    "stand_down_asked": "Stand-down asked",
    "stood_down": "Stood down",
    "withdrawn": "Withdrawn",
}
OPEN_ALERT = ("raised", "acknowledged", "responded", "monitoring", "stand_down_asked")
