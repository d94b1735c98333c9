package dev.posthorn.webhook.spi;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A queue that is not the store's own: tickets are put on it after the store has committed, and it may lose what it holds.
 * It keeps a mark for whoever puts back what is missing.
 *
 * <p><b>The mark fares as the tickets do.</b> It is lost where any ticket may have been, and where the queue is set back to how it was
 * earlier, so is the mark. A queue that was just made has none. So while a mark is there, so is every ticket that was put on
 * the queue before the mark was left, unless it was taken off.
 */
public interface OutsideQueue extends DeliveryQueue {
    /** The mark that was left last, unless it was lost. */
    Optional<String> mark();

    /**
     * Leaves a mark, in place of any other.
     *
     * @param before what must be the present mark for that; {@code null} to leave it whatever that is
     * @param mark 1 to 200 characters
     * @return whether it was left; of several that would replace the same one, at most one is
     */
    boolean mark(@Nullable String before, String mark);
}
