package dev.posthorn.webhook.postgres;

import java.util.Comparator;
import java.util.UUID;

/** The database's order of UUIDs, which is by unsigned bytes; Java's own compares signed halves. */
enum UuidOrder implements Comparator<UUID> {
    INSTANCE;

    @Override
    public int compare(UUID a, UUID b) {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    }
}
