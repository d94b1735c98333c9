package dev.posthorn.webhook.filter;

/**
 * Whether a condition holds, in the three-valued logic of Kleene, which SQL has too: what a condition asks of may be missing,
 * and then its opposite holds no more than itself.
 */
enum Truth {
    NO,
    UNKNOWN,
    YES;

    static Truth of(boolean holds) {
        return holds ? YES : NO;
    }

    Truth negated() {
        return switch (this) {
            case NO -> YES;
            case UNKNOWN -> UNKNOWN;
            case YES -> NO;
        };
    }
}
