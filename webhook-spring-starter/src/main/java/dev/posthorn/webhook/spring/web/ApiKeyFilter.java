package dev.posthorn.webhook.spring.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/** Lets in those who have a key, and remembers on whose behalf a request is made. */
final class ApiKeyFilter extends OncePerRequestFilter implements Callers {
    private static final String CALLER = ApiKeyFilter.class.getName() + ".caller";

    /** What everybody may see: how the service is, in one word, and how it is used. */
    private static final Set<String> FOR_EVERYBODY = Set.of("/health", "/openapi.json", "/docs");

    private final String path;
    private final ApiKeys keys;

    /** @param path what comes before every path of ours */
    ApiKeyFilter(String path, ApiKeys keys) {
        this.path = path;
        this.keys = keys;
    }

    @Override
    public Caller of(HttpServletRequest request) {
        return request.getAttribute(CALLER) instanceof Caller caller ? caller : Caller.nobody();
    }

    /** What is not ours is the host's to guard; an encoded or winding path to ours leads to nobody's view of it. */
    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        var uri = request.getRequestURI().substring(request.getContextPath().length());
        return !uri.equals(path) && !uri.startsWith(path + "/");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var key = ApiKeys.key(request);
        var entry = keys.find(key);
        if (keys.isOpen()) {
            request.setAttribute(CALLER, Caller.unbound());
        } else if (entry.isPresent()) {
            request.setAttribute(CALLER, entry.get().caller());
        } else if (key != null || !isForEverybody(request)) {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            var why = key == null ? "A key is needed: Authorization: Bearer …" : "There is no such key.";
            EarlyProblem.write(request, response, HttpStatus.UNAUTHORIZED, why);
            return;
        }
        chain.doFilter(request, response);
    }

    private boolean isForEverybody(HttpServletRequest request) {
        var own = request.getRequestURI().substring(request.getContextPath().length() + path.length());
        return FOR_EVERYBODY.contains(own) || own.startsWith("/docs/");
    }
}
