package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.TransportResult;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One way in which an endpoint misbehaves, by mistake or on purpose, and what a request to it must end in. Immutable.
 *
 * @see HostileEndpoint
 */
public final class HostileBehaviour {
    /** The status of answers that nobody asked for: it must never be taken for an answer. */
    static final int FORGED = 299;

    static final String FORGED_ANSWER = "HTTP/1.1 " + FORGED + " Forged\r\nContent-Length: 0\r\n\r\n";

    /** What is done with one connection. When it ends, the other side is waited for to hang up. */
    interface Script {
        void play(HostilePeer peer) throws IOException;
    }

    /** What else there is to know of a behaviour. */
    enum Trait {
        /** It makes its TLS itself, if any; called by {@code https}. */
        OWN_TLS,
        /** It needs a request too large for any buffer on the way. */
        LARGE_REQUEST,
        /** The answer is in order, so that the connection may be kept. */
        MAY_BE_KEPT,
        /** What it does shows in a second request, which must be answered 200. */
        ASKED_TWICE
    }

    private final String name;
    private final Ending ending;
    private final Script script;
    private final Consumer<TransportResult.Response> check;
    private final Set<Trait> traits;

    private HostileBehaviour(
            String name, Ending ending, Script script, Consumer<TransportResult.Response> check, Set<Trait> traits) {
        this.name = name;
        this.ending = ending;
        this.script = script;
        this.check = check;
        this.traits = traits;
    }

    static HostileBehaviour of(String name, Ending ending, Script script, Trait... traits) {
        var set = EnumSet.noneOf(Trait.class);
        set.addAll(Arrays.asList(traits));
        return new HostileBehaviour(name, ending, script, response -> {}, set);
    }

    /** With something that must hold of its answer. */
    HostileBehaviour with(Consumer<TransportResult.Response> newCheck) {
        return new HostileBehaviour(name, ending, script, newCheck, traits);
    }

    /** Every behaviour there is. */
    public static List<HostileBehaviour> all() {
        return Stream.of(
                        HostileSlowness.all(),
                        HostileHeads.all(),
                        HostileLengths.all(),
                        HostileBodies.all(),
                        HostileEnds.all(),
                        HostileTls.all())
                .flatMap(List::stream)
                .toList();
    }

    /** What the endpoint does, in words that follow "an endpoint that". No two have the same. */
    public String name() {
        return name;
    }

    /** Whether it is about TLS, and called by {@code https} always. */
    public boolean isOfTls() {
        return has(Trait.OWN_TLS);
    }

    /** The same as {@link #name()}. */
    @Override
    public String toString() {
        return name;
    }

    Ending ending() {
        return ending;
    }

    Script script() {
        return script;
    }

    void check(TransportResult.Response response) {
        check.accept(response);
    }

    boolean has(Trait trait) {
        return traits.contains(trait);
    }
}
