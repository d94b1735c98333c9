package dev.posthorn.webhook.engine;

import dev.posthorn.webhook.Header;
import dev.posthorn.webhook.Signer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Signs requests by the schemes that their subscriptions name. Safe for use by several threads. */
final class Signatures {
    private static final Logger log = LoggerFactory.getLogger(Signatures.class);

    private final Map<String, Signer> signers;
    private final Set<String> failed = ConcurrentHashMap.newKeySet();

    Signatures(Map<String, Signer> signers) {
        this.signers = Map.copyOf(signers);
    }

    /**
     * The headers of all these schemes.
     *
     * @throws CannotSignException if one of them cannot sign: a request is never sent with fewer signatures than it
     *     should have
     */
    List<Header> of(List<String> schemes, Signer.Message message) {
        if (schemes.size() == 1) {
            return sign(schemes.get(0), message);
        }
        var headers = new ArrayList<Header>();
        for (var scheme : schemes) {
            headers.addAll(sign(scheme, message));
        }
        return headers;
    }

    private List<Header> sign(String scheme, Signer.Message message) {
        var signer = signers.get(scheme);
        if (signer == null) {
            // The subscription was stored by a node that has one.
            throw cannot(scheme, "this node has no signer of that name", null);
        }
        try {
            return signer.sign(message);
        } catch (RuntimeException e) {
            throw cannot(scheme, "its signer failed: " + e.getClass().getName(), e);
        }
    }

    /** Tells it in the log once for each scheme, without the exception's message: there may be a secret in it. */
    private CannotSignException cannot(String scheme, String why, @Nullable RuntimeException cause) {
        if (failed.add(scheme)) {
            var trace = cause == null ? new StackTraceElement[0] : cause.getStackTrace();
            log.warn("requests cannot be signed by {}: {}{}", scheme, why, trace.length == 0 ? "" : " at " + trace[0]);
        }
        return new CannotSignException("cannot be signed by " + scheme + ": " + why);
    }
}
