"""The browser's side: dashboards and JupyterLab, one login for both."""

from mgg_kernel.web.checks import PageCheck, check_pages
from mgg_kernel.web.servers import ServerProcess

__all__ = ["PageCheck", "ServerProcess", "check_pages"]
