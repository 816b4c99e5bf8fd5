"""The pages of accounts: coming in, one's own account, administration by three separate offices.

address                                   | view                      | who
------------------------------------------+---------------------------+-------------------------
/login, /login/code                       | entering                  | everybody
/login/demo/<username>                    | entering (demo only)      | everybody
/logout                                   | entering                  | everybody
/account…                                 | own                       | whoever is signed in
/admin/people…, /admin/organisations…     | people, organisations     | system administrator
/admin/grants…, /admin/resets/<id>        | granting                  | security administrator
/admin/organisation-requests/<id>         | granting                  | security administrator
/admin/organisation-requests/<id>/withdraw | organisations            | system administrator
/admin/log                                | log                       | audit administrator
"""

from procure.registers.accounts.views import entering, granting, log, organisations, own, people
from procure.registers.accounts.views.blueprint import blueprint

__all__ = ["blueprint", "entering", "granting", "log", "organisations", "own", "people"]
