package dev.posthorn.webhook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Gathers what is wrong with one piece of input, so that all of it can be said at once. */
final class Faults {
    private static final Duration COUNTABLE = Duration.ofDays(1_000_000);

    private final List<InvalidInputException.Fault> faults = new ArrayList<>();

    void add(String field, String problem) {
        faults.add(new InvalidInputException.Fault(field, problem));
    }

    /** Adds what is wrong with a part of the input. */
    void addAll(String part, Faults ofPart) {
        ofPart.faults.forEach(fault -> add(part + fault.field(), fault.problem()));
    }

    /** Adds a fault unless the condition holds; returns whether it does. */
    boolean check(boolean holds, String field, String problem) {
        if (!holds) {
            add(field, problem);
        }
        return holds;
    }

    /** A duration in words that are not Java's alone. */
    static String show(Duration duration) {
        return duration.toMillisPart() == 0 ? duration.toSeconds() + " s" : millis(duration);
    }

    /** A duration in milliseconds; in seconds where it is so far out of bounds that these could not be counted. */
    static String millis(Duration duration) {
        boolean isCountable = duration.compareTo(COUNTABLE) <= 0 && duration.compareTo(COUNTABLE.negated()) >= 0;
        return isCountable ? duration.toMillis() + " ms" : duration.toSeconds() + " s";
    }

    List<InvalidInputException.Fault> list() {
        return List.copyOf(faults);
    }

    boolean isEmpty() {
        return faults.isEmpty();
    }

    void throwIfAny() {
        if (!faults.isEmpty()) {
            throw new InvalidInputException(faults);
        }
    }
}
