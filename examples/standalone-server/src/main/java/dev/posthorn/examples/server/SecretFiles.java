package dev.posthorn.examples.server;

import dev.posthorn.webhook.InvalidInputException.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Variables whose values are in files, such as a container's secrets: {@code API_KEYS_FILE} names one for {@code API_KEYS}. */
final class SecretFiles {
    private static final List<String> NAMES = List.of("DATABASE_URL", "REDIS_URL", "ENCRYPTION_KEYS", "API_KEYS");

    private SecretFiles() {}

    /** The environment with what is in the files. */
    static Map<String, String> read(Map<String, String> environment, List<Fault> faults) {
        var all = new HashMap<>(environment);
        for (var name : NAMES) {
            var file = environment.get(name + "_FILE");
            if (file == null || file.isBlank()) {
                continue;
            }
            if (all.containsKey(name)) {
                faults.add(new Fault(name + "_FILE", "must not be set beside " + name));
            }
            try {
                all.put(name, Files.readString(Path.of(file.strip())));
            } catch (IOException | InvalidPathException e) {
                faults.add(new Fault(name + "_FILE", "must be a file that can be read"));
            }
        }
        return all;
    }
}
