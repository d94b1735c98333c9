package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.ClaimRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where a node looks for what it may claim. Mostly that is the longest due, from the beginning: all of it every
 * {@link #WHOLE_LOOKS second}, and in between from a little before the oldest ticket that was seen, since below that there may
 * be many dead rows while some transaction stays open.
 *
 * <p>A look is wide: it sees several tickets for each that may be taken, for the sake of retries, which have their share, and of
 * subscriptions that stand behind the tickets of another. Where one has seen neither retries nor anything in the way, some narrow
 * ones follow, which see no more than may be taken and cost half.
 *
 * <p>Looks are obstructed when a wide one is full, and some of it cannot be taken: its subscription may take no more, or would
 * fill the claim alone. Then
 *
 * <ul>
 *   <li>they begin at a front, which is first set to {@link #OVERLAP} before now, and passes whatever has been looked at;
 *   <li>subscriptions that the front has passed while they had something due are kept, and served by themselves, some in
 *       each claim, when they may be; one with nothing more due is struck off, and when none is left, looks begin at the
 *       beginning again;
 *   <li>what lies up to {@link #OVERLAP} behind the front is looked at again and again, a page in each claim, because a
 *       transaction may commit a ticket some time after the moment it is due;
 *   <li>whatever else is due behind the front is found by walking over the subscriptions: at once when the front has jumped,
 *       and later a slice in {@link #PAUSE}, so that all is found in so many pauses as there are {@link LaneWalk#SLICE}s of
 *       subscriptions with tickets (20,000: 10 s);
 *   <li>as soon as all subscriptions that were passed may be served, it is tried whether the way is free again.
 * </ul>
 *
 * <p>It keeps an id for each subscription passed, and is lost without harm: a node that starts finds out again. Times are the
 * database's. Safe for use by several threads: any of them may tell what it saw, in whatever order, since the front passes
 * nothing that one of them left for others.
 */
final class Lookout {
    /** How late a ticket may be committed and still be found at once, or nearly. */
    static final Duration OVERLAP = Duration.ofSeconds(10);

    /** How often looks begin at the very beginning at most, and what part of the time they may take. */
    static final Duration WHOLE_LOOKS = Duration.ofSeconds(1);

    private static final int WHOLE_LOOKS_PART = 20;

    /** How many narrow looks may follow a wide one, and how much they see at least. */
    private static final int NARROW_LOOKS = 7;

    private static final int LEAST_NARROW = 100;

    /** How long after a slice of the walk the next one follows, if there is no hurry. */
    static final Duration PAUSE = Duration.ofMillis(250);

    /** Before anything is due. */
    private static final Instant BEGINNING = Instant.EPOCH;

    private static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

    /** When to claim again where the view is incomplete, and where only what was seen lately is still to be seen again. */
    private static final Duration SOON = Duration.ofMillis(1);

    private static final Duration RATHER_SOON = Duration.ofMillis(100);

    /** How many subscriptions are served by themselves in a claim, and how many are asked whether they may be. */
    private static final int SERVED = 64;

    private static final int ASKED = 1_000;

    /** Where most of what is ahead may not be taken, so many pages are looked at; and so much of what was looked at before. */
    private static final int PAGES_AHEAD = 4;

    private static final int AGAIN = 500;

    /** What each of these may take at least, if it may take so much. */
    private static final int LEAST_SHARE = 8;

    private boolean isObstructed;
    private final Set<UUID> passed = new LinkedHashSet<>();
    private Instant front = BEGINNING;
    private boolean isFrontReached;
    /** While nothing obstructs: when to look from the very beginning again. */
    private Instant wholeAt = BEGINNING;
    /** While something does: when it may be tried whether it still does. */
    private Instant freeAt = BEGINNING;

    private int narrowLooks;

    private Instant seenAt = BEGINNING;
    private Instant swept = BEGINNING;
    private boolean isSwept;
    private LaneWalk.Position walked = LaneWalk.BEGINNING;
    private Instant walkedAt = BEGINNING;
    /** How many times the walk must still reach its end before everything passed has been seen by it. */
    private int roundEndsOwed;
    /** Whether the last slice found something that may be taken. */
    private boolean hasNews;

    /**
     * One look.
     *
     * @param isObstructed whether it is from the front
     * @param isNarrow whether it sees no more than may be taken
     * @param front from where on, this moment excluded
     * @param wholeAt from when on it is from the beginning instead
     * @param page how many tickets at most
     * @param mostOfOne how many of one subscription may be taken, if there are others
     * @param swept from where on to look again, up to the front
     * @param sweepPage how many tickets of these at most
     * @param lanes subscriptions to be served by themselves, and how many tickets of each at most
     * @param leavesSome whether there are more such subscriptions that may be served
     */
    record Look(
            boolean isObstructed,
            boolean isNarrow,
            Instant front,
            Instant wholeAt,
            int page,
            int mostOfOne,
            Instant swept,
            int sweepPage,
            Map<UUID, Integer> lanes,
            boolean leavesSome) {}

    /** Where to look now. */
    synchronized Look next(ClaimRequest request, int page) {
        hasNews = false;
        if (!isObstructed) {
            boolean isNarrow = narrowLooks > 0;
            int seen = isNarrow ? Math.max(LEAST_NARROW, request.limit()) : page;
            // Where there is little room, it is no sign of anything that one could fill it alone.
            int mostOfOne = Math.max(request.limit(), seen / 4);
            return new Look(false, isNarrow, front, wholeAt, seen, mostOfOne, front, 0, Map.of(), false);
        }
        int most = Math.min(SERVED, request.limit());
        var open = new ArrayList<UUID>();
        boolean leavesSome = false;
        for (var id : passed.stream().limit(ASKED).toList()) {
            boolean isOpen = request.allowance(id) > 0;
            if (isOpen && open.size() == most) {
                leavesSome = true;
                break;
            }
            // To the end of the line.
            passed.remove(id);
            passed.add(id);
            if (isOpen) {
                open.add(id);
            }
        }
        var lanes = new LinkedHashMap<UUID, Integer>();
        int share = open.isEmpty() ? 0 : Math.max(LEAST_SHARE, (request.limit() + open.size() - 1) / open.size());
        for (var id : open) {
            lanes.put(id, Math.min(request.allowance(id), share));
        }
        return new Look(
                true, false, front, NEVER, PAGES_AHEAD * page, request.limit(), swept, AGAIN, lanes, leavesSome);
    }

    /**
     * Takes note of what a look found.
     *
     * @return whether another look may find more to take: this one was too narrow, or the first to be obstructed
     */
    synchronized boolean saw(Look look, TicketClaim.Found found, ClaimRequest request) {
        boolean isFull = found.ahead().size() >= look.page();
        if (look.isObstructed != isObstructed) {
            // Another look has meanwhile found out better.
            return isObstructed;
        }
        if (isObstructed) {
            sawFromFront(look, found, isFull, request);
            return false;
        }
        boolean isPlain = found.left().isEmpty() && !found.hasRetries();
        if (look.isNarrow) {
            // One that fills half of it hides others.
            narrowLooks = isPlain && found.mostOfOne() <= look.page / 2 ? narrowLooks - 1 : 0;
            if (isFull && found.leases().size() < request.limit()) {
                narrowLooks = 0;
                return true;
            }
        } else {
            narrowLooks = isPlain ? NARROW_LOOKS : 0;
        }
        if (isFull && !look.isNarrow && !found.left().isEmpty()) {
            isObstructed = true;
            freeAt = found.now().plus(found.took().multipliedBy(WHOLE_LOOKS_PART));
            passed.addAll(found.left());
            front = found.now().minus(OVERLAP);
            swept = front;
            isFrontReached = false;
            isSwept = true;
            oweRound();
            return true;
        }
        boolean wasWhole = !found.now().isBefore(look.wholeAt);
        if (found.now().isBefore(seenAt)) {
            // The clock was set back.
            lookFromBeginning();
        } else if (wasWhole) {
            var pause = found.took().multipliedBy(WHOLE_LOOKS_PART);
            wholeAt = found.now().plus(pause.compareTo(WHOLE_LOOKS) > 0 ? pause : WHOLE_LOOKS);
        }
        seenAt = found.now();
        var oldest = found.ahead().first();
        front = (oldest == null ? found.now() : oldest).minus(OVERLAP);
        return false;
    }

    private void lookFromBeginning() {
        isObstructed = false;
        narrowLooks = 0;
        front = BEGINNING;
        wholeAt = BEGINNING;
    }

    private void sawFromFront(Look look, TicketClaim.Found found, boolean isFull, ClaimRequest request) {
        for (var id : look.lanes.keySet()) {
            if (!found.left().contains(id)) {
                passed.remove(id);
            }
        }
        passed.addAll(found.left());
        boolean isFree = passed.size() <= ASKED
                && !found.now().isBefore(freeAt)
                && passed.stream().allMatch(id -> request.allowance(id) > 0);
        if (isFree || (passed.isEmpty() && roundEndsOwed == 0)) {
            lookFromBeginning();
            return;
        }
        front = isFull ? endOf(found.ahead()) : found.now();
        isFrontReached = !isFull;
        var untaken = found.untaken();
        if (untaken != null && !untaken.isAfter(front)) {
            front = before(untaken);
        }
        isSwept = found.again().size() < look.sweepPage;
        swept = isSwept ? found.now().minus(OVERLAP) : endOf(found.again());
    }

    /** How far a full page has seen everything. If all of it is of one moment, the rest of that is left to the walk. */
    private Instant endOf(TicketClaim.Page page) {
        var last = page.last();
        if (last == null) {
            throw new IllegalArgumentException("an empty page");
        }
        if (last.equals(page.first())) {
            oweRound();
            return last;
        }
        return before(last);
    }

    private static Instant before(Instant moment) {
        return moment.minusNanos(1_000);
    }

    private void oweRound() {
        roundEndsOwed = walked.equals(LaneWalk.BEGINNING) ? 1 : 2;
    }

    /** From where to walk now; {@code null} for not now. */
    synchronized LaneWalk.@Nullable Position walk(Instant now) {
        boolean isTime = Duration.between(walkedAt, now).abs().compareTo(PAUSE) >= 0;
        if (!isObstructed || (roundEndsOwed == 0 && !isTime)) {
            return null;
        }
        walkedAt = now;
        return walked;
    }

    /** Takes note of what a slice of the walk found. */
    synchronized void walked(LaneWalk.Position from, LaneWalk.Slice slice, ClaimRequest request) {
        if (!isObstructed || !walked.equals(from)) {
            return;
        }
        passed.addAll(slice.due());
        hasNews = slice.due().stream().anyMatch(id -> request.allowance(id) > 0);
        var reached = slice.reached();
        walked = reached == null ? LaneWalk.BEGINNING : reached;
        if (reached == null && roundEndsOwed > 0) {
            roundEndsOwed--;
        }
    }

    /** When to claim again, as far as can be told. */
    synchronized @Nullable Duration nextDue(ClaimRequest request, Look look, TicketClaim.Found found) {
        boolean isLimit = found.leases().size() >= request.limit();
        boolean isMoreSeen = found.allowed() > found.leases().size()
                || found.ahead().size() >= look.page
                || found.left().stream().anyMatch(id -> request.allowance(id) > request.limit());
        boolean isMoreInLanes = look.leavesSome
                || look.lanes.entrySet().stream()
                        .anyMatch(lane -> found.left().contains(lane.getKey())
                                && request.allowance(lane.getKey()) > lane.getValue());
        if ((isLimit && isMoreSeen) || isMoreInLanes) {
            return Duration.ZERO;
        }
        var next = found.nextDue();
        if (!found.leases().isEmpty()) {
            // What was just leased comes back when the lease ends.
            next = earlier(next, request.lease());
        }
        if (!isObstructed) {
            return next;
        }
        if (!isFrontReached || roundEndsOwed > 0 || hasNews) {
            return earlier(next, SOON);
        }
        return earlier(next, isSwept ? PAUSE : RATHER_SOON);
    }

    private static Duration earlier(@Nullable Duration one, Duration other) {
        return one == null || one.compareTo(other) > 0 ? other : one;
    }
}
