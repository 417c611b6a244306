-- Room: directory. Plans of many people in less memory, and their rows found whatever the case of a name.

-- Ids of licences; the wishes of a plan name them by their places here.
ALTER TABLE directory_plan ADD COLUMN licences TEXT NOT NULL DEFAULT '[]';

-- Address and name in lower case, which the two databases do not make alike.
ALTER TABLE directory_plan_row ADD COLUMN search TEXT NOT NULL DEFAULT '';
