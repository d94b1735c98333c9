package dev.posthorn.webhook.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which subscriptions of one tenant want a type. Finding them costs by the type's segments and by how many there are, not
 * by how many subscriptions do not want it. Not safe for use by several threads.
 */
final class EventTypeIndex {
    private final Map<String, Set<UUID>> exact = new HashMap<>();
    private final Set<UUID> all = new HashSet<>();
    private final Node patterns = new Node();

    /** Where the patterns that begin alike go on. */
    private static final class Node {
        final Map<String, Node> children = new HashMap<>();
        final Set<UUID> endHere = new HashSet<>();
        final Set<UUID> wantRest = new HashSet<>();

        boolean isEmpty() {
            return children.isEmpty() && endHere.isEmpty() && wantRest.isEmpty();
        }
    }

    void add(UUID subscriptionId, List<String> wanted) {
        for (var pattern : wanted) {
            if (pattern.equals(EventTypes.ALL)) {
                all.add(subscriptionId);
            } else if (!EventTypes.isPattern(pattern)) {
                exact.merge(pattern, Set.of(subscriptionId), EventTypeIndex::both);
            } else {
                var node = patterns;
                for (var segment : EventTypes.segments(pattern)) {
                    if (segment.equals(EventTypes.REST)) {
                        node.wantRest.add(subscriptionId);
                        node = null;
                        break;
                    }
                    node = node.children.computeIfAbsent(segment, text -> new Node());
                }
                if (node != null) {
                    node.endHere.add(subscriptionId);
                }
            }
        }
    }

    /** One alone, of which there may be very many, is kept in a small set that does not grow. */
    private static Set<UUID> both(Set<UUID> ids, Set<UUID> one) {
        if (ids.equals(one)) {
            return ids;
        }
        var grown = ids.size() == 1 ? new HashSet<>(ids) : ids;
        grown.addAll(one);
        return grown;
    }

    private static @Nullable Set<UUID> without(Set<UUID> ids, UUID id) {
        if (ids.size() > 1) {
            ids.remove(id);
            return ids.size() == 1 ? Set.copyOf(ids) : ids;
        }
        return ids.contains(id) ? null : ids;
    }

    void remove(UUID subscriptionId, List<String> wanted) {
        for (var pattern : wanted) {
            if (pattern.equals(EventTypes.ALL)) {
                all.remove(subscriptionId);
            } else if (!EventTypes.isPattern(pattern)) {
                exact.computeIfPresent(pattern, (type, ids) -> without(ids, subscriptionId));
            } else {
                remove(patterns, subscriptionId, EventTypes.segments(pattern), 0);
            }
        }
    }

    private static void remove(Node node, UUID subscriptionId, String[] segments, int depth) {
        if (depth == segments.length) {
            node.endHere.remove(subscriptionId);
        } else if (segments[depth].equals(EventTypes.REST)) {
            node.wantRest.remove(subscriptionId);
        } else {
            node.children.computeIfPresent(segments[depth], (segment, child) -> {
                remove(child, subscriptionId, segments, depth + 1);
                return child.isEmpty() ? null : child;
            });
        }
    }

    boolean isEmpty() {
        return exact.isEmpty() && all.isEmpty() && patterns.isEmpty();
    }

    /** The subscriptions that want a type, each once however many of its patterns match. */
    Set<UUID> wanting(String type) {
        var found = new HashSet<>(all);
        found.addAll(exact.getOrDefault(type, Set.of()));
        if (!patterns.isEmpty()) {
            collect(patterns, EventTypes.segments(type), 0, found);
        }
        return found;
    }

    private static void collect(@Nullable Node node, String[] segments, int depth, Set<UUID> found) {
        if (node == null) {
            return;
        }
        if (depth == segments.length) {
            found.addAll(node.endHere);
            return;
        }
        found.addAll(node.wantRest);
        collect(node.children.get(segments[depth]), segments, depth + 1, found);
        // A type has no * in it, so this is never the same child again.
        collect(node.children.get(EventTypes.ANY), segments, depth + 1, found);
    }
}
