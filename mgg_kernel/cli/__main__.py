"""``python -m mgg_kernel.cli``, where the command is not on the path."""

import sys

from mgg_kernel.cli.main import main

sys.exit(main())
