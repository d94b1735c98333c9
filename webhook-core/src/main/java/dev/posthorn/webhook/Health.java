package dev.posthorn.webhook;

import java.util.List;

/**
 * How a dispatcher is, at one moment.
 *
 * @param status the worst of its parts
 * @param parts each thing it depends on, always the same ones in the same order
 */
public record Health(Status status, List<Part> parts) {
    /** How well something works. The order is from good to bad. */
    public enum Status {
        /** As it should. */
        UP,
        /** It works, but somebody should look. */
        DEGRADED,
        /** It does not work now. */
        DOWN
    }

    /**
     * One thing a dispatcher depends on.
     *
     * @param name such as {@code store} or {@code thread.record}
     * @param status how well it works
     * @param detail what is wrong, or a figure
     */
    public record Part(String name, Status status, String detail) {}

    /** Keeps a copy of the list. */
    public Health {
        parts = List.copyOf(parts);
    }

    /** The health these parts make up. */
    public static Health of(List<Part> parts) {
        var worst = parts.stream().map(Part::status).max(Status::compareTo).orElse(Status.UP);
        return new Health(worst, parts);
    }
}
