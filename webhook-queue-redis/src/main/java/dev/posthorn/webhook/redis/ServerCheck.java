package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether a server may have a queue's shard. */
final class ServerCheck {
    private static final int OLDEST_MAJOR = 7;

    private ServerCheck() {}

    /** What is wrong with a server that answered this to {@link Script#CHECK}. */
    static Set<String> faults(List<?> answer) {
        var faults = new LinkedHashSet<String>();
        var refused = text(answer.get(1));
        if (!refused.isEmpty()) {
            faults.add("its user may not run " + refused.replace(" ", ", ") + " on the queue's keys");
        }
        var told = fields(text(answer.get(0)));
        if (told.isEmpty()) {
            return faults;
        }
        var where = " (" + told.getOrDefault("executable", "server") + " on port " + told.get("tcp_port") + ")";
        var version = told.getOrDefault("redis_version", "0");
        if (Integer.parseInt(version.split("\\.", 2)[0]) < OLDEST_MAJOR) {
            faults.add("version " + OLDEST_MAJOR + " or later is needed, it is " + version + where);
        }
        var policy = told.getOrDefault("maxmemory_policy", "noeviction");
        if (!policy.equals("noeviction")) {
            faults.add("maxmemory-policy must be noeviction, or it drops deliveries when memory is short; it is "
                    + policy + where);
        }
        if (!told.getOrDefault("role", "master").equals("master")) {
            faults.add("it is a replica, which cannot be written to" + where);
        }
        return faults;
    }

    static String message(Collection<String> faults) {
        return "Redis cannot be used for a queue: " + String.join("; ", faults);
    }

    private static Map<String, String> fields(String told) {
        var fields = new HashMap<String, String>();
        told.lines().filter(line -> line.contains(":")).forEach(line -> {
            var parts = line.split(":", 2);
            fields.put(parts[0], parts[1].strip());
        });
        return fields;
    }

    private static String text(Object answer) {
        return new String((byte[]) answer, UTF_8);
    }
}
