"""The site map: every page of the service."""

urlpatterns = []
