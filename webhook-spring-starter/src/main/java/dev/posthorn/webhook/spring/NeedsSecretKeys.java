package dev.posthorn.webhook.spring;

/** There where secrets are kept in a database, and the application has no {@code SecretCipher} of its own. */
record NeedsSecretKeys() {}
