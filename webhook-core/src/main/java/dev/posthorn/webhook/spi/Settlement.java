package dev.posthorn.webhook.spi;

import java.time.Duration;

/** What becomes of a lease when its holder is through with it. */
public sealed interface Settlement {
    /** The lease, which holds only while the queue knows its token. */
    Lease lease();

    /** The same under a later lease on the same delivery. */
    Settlement under(Lease newer);

    /** The ticket leaves the queue. */
    record Done(Lease lease) implements Settlement {
        @Override
        public Settlement under(Lease newer) {
            return new Done(newer);
        }
    }

    /**
     * The ticket can be claimed again.
     *
     * @param delay how long until then
     * @param isRetry whether an attempt was made, so that the ticket is a {@linkplain Ticket#isRetry retry} from now on;
     *     otherwise it stays what it was
     */
    record Again(Lease lease, Duration delay, boolean isRetry) implements Settlement {
        /** Without an attempt: the ticket goes back as it was. */
        public Again(Lease lease, Duration delay) {
            this(lease, delay, false);
        }

        @Override
        public Settlement under(Lease newer) {
            return new Again(newer, delay, isRetry);
        }
    }
}
