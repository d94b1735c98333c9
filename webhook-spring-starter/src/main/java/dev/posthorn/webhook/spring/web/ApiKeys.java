package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/** The keys that let callers in. Only their hashes are kept. Immutable. */
public final class ApiKeys {
    /** Said in the place of keys, it lets everybody in. */
    public static final String OPEN = "open-to-everyone";

    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_.~+/=-]{16,256}");
    private static final Pattern TENANT = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    private static final String BEARER = "bearer ";
    private static final String HEADER = "X-API-Key";

    private final List<Key> keys;
    private final boolean isOpen;

    /** @param number which of the keys it is */
    record Entry(int number, Caller caller) {}

    private record Key(Bytes hash, Entry entry) {}

    private ApiKeys(List<Key> keys, boolean isOpen) {
        this.keys = List.copyOf(keys);
        this.isOpen = isOpen;
    }

    /** Lets everybody in. */
    public static ApiKeys open() {
        return new ApiKeys(List.of(), true);
    }

    /**
     * Reads keys parted by commas, each {@code key} or {@code tenant:key}, or {@link #OPEN}.
     *
     * @throws InvalidInputException naming every fault, without the keys
     */
    public static ApiKeys parse(String text) {
        if (text.equals(OPEN)) {
            return open();
        }
        var faults = new ArrayList<Fault>();
        var keys = new ArrayList<Key>();
        int number = 0;
        for (var part : text.split(",", -1)) {
            number++;
            var words = part.strip().split(":", 2);
            var tenant = words.length == 2 ? words[0] : null;
            var key = words[words.length - 1];
            if (tenant != null && !TENANT.matcher(tenant).matches()) {
                faults.add(new Fault(
                        "",
                        "must have a tenant of 1 to 128 characters of A-Z a-z 0-9 _ - . before the " + "colon; key "
                                + number + " has another"));
            }
            if (!KEY.matcher(key).matches()) {
                faults.add(new Fault(
                        "",
                        "must be keys of 16 to 256 characters of A-Z a-z 0-9 _ . ~ + / = -; key " + number
                                + " is not"));
            }
            var hash = hash(key);
            if (keys.stream().anyMatch(other -> other.hash.equals(hash))) {
                faults.add(new Fault("", "must have each key once; key " + number + " was there before"));
            }
            keys.add(new Key(hash, new Entry(number, tenant == null ? Caller.unbound() : Caller.of(tenant))));
        }
        if (!faults.isEmpty()) {
            throw new InvalidInputException(faults);
        }
        return new ApiKeys(keys, false);
    }

    /** Whether everybody is let in. */
    public boolean isOpen() {
        return isOpen;
    }

    /** Which of the keys a request has: from 1 on, and 0 if it has none that is known. */
    public int number(HttpServletRequest request) {
        return find(key(request)).map(Entry::number).orElse(0);
    }

    /** The key that a request has, be it known or not; {@code null} for none. */
    static @Nullable String key(HttpServletRequest request) {
        var authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            return authorization.substring(BEARER.length()).strip();
        }
        return authorization == null ? request.getHeader(HEADER) : authorization;
    }

    /** Whom a key lets in. How long it takes tells nothing of any key: all are compared, by their hashes. */
    Optional<Entry> find(@Nullable String key) {
        if (key == null) {
            return Optional.empty();
        }
        var hash = hash(key).toByteArray();
        @Nullable Entry found = null;
        for (var known : keys) {
            if (MessageDigest.isEqual(known.hash.toByteArray(), hash)) {
                found = known.entry;
            }
        }
        return Optional.ofNullable(found);
    }

    private static Bytes hash(String key) {
        try {
            return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Without the keys. */
    @Override
    public String toString() {
        return isOpen ? OPEN : keys.size() + " keys";
    }
}
