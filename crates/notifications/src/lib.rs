//! Mail: who is told what, templates, outbox and delivery by SMTP.
