package dev.posthorn.examples.server;

import dev.posthorn.examples.server.rest.Caller;
import dev.posthorn.examples.server.rest.Callers;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/** Lets in those who have a key, and not too often, and remembers on whose behalf a request is made. */
final class Door extends OncePerRequestFilter implements Callers {
    private static final String CALLER = Door.class.getName() + ".caller";
    private static final String BEARER = "bearer ";

    /** What everybody may see: how the service is, in one word, and how it is used. */
    private static final Set<String> FOR_EVERYBODY = Set.of("/health", "/openapi.json", "/docs");

    /** What a worker answers. */
    private static final Set<String> OF_WORKERS = Set.of("/health", "/metrics");

    private final ApiKeys keys;
    private final boolean isWorker;
    private final RateLimiter limiter;

    Door(ApiKeys keys, Settings.Role role, RateLimiter limiter) {
        this.keys = keys;
        this.isWorker = role == Settings.Role.WORKER;
        this.limiter = limiter;
    }

    @Override
    public Caller of(HttpServletRequest request) {
        return request.getAttribute(CALLER) instanceof Caller caller ? caller : Caller.nobody();
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var key = key(request);
        var entry = key == null ? Optional.<ApiKeys.Entry>empty() : keys.find(key);
        if (!limiter.lets(entry.map(ApiKeys.Entry::number).orElse(0), request, response)) {
            DoorProblem.write(
                    response, HttpStatus.TOO_MANY_REQUESTS, request.getRequestURI(), "The rate limit is used up.");
            return;
        }
        var path = request.getRequestURI();
        boolean isForEverybody = FOR_EVERYBODY.contains(path) || path.startsWith("/docs/");
        if (keys.isOpen()) {
            request.setAttribute(CALLER, Caller.unbound());
        } else if (entry.isPresent()) {
            request.setAttribute(CALLER, entry.get().caller());
        } else if (key != null || !isForEverybody) {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            DoorProblem.write(
                    response,
                    HttpStatus.UNAUTHORIZED,
                    path,
                    key == null ? "A key is needed: Authorization: Bearer …" : "There is no such key.");
            return;
        }
        if (isWorker && !OF_WORKERS.contains(path)) {
            DoorProblem.write(
                    response, HttpStatus.NOT_FOUND, path, "A worker takes no requests but /health and /metrics.");
            return;
        }
        chain.doFilter(request, response);
    }

    private static @Nullable String key(HttpServletRequest request) {
        var authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            return authorization.substring(BEARER.length()).strip();
        }
        return authorization == null ? request.getHeader("X-API-Key") : authorization;
    }
}
