package dev.posthorn.examples.server;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SecretKeys;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.transport.AddressPolicy;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the environment says. A variable that is blank counts as not set.
 *
 * @param host {@code API_HOST}: the address it listens on, by default 127.0.0.1
 * @param port {@code API_PORT}: the port it listens on, by default 8000; 0 for any that is free
 * @param retry {@code RETRY_SCHEDULE}: the delays before retries, such as {@code 1s,5s,1m}, for subscriptions without
 *     their own; by default {@link RetryPolicy#standard()}
 * @param logLevel {@code LOG_LEVEL}: by default INFO
 * @param retention {@code LOG_RETENTION_HOURS}: how long deliveries are kept after their end, by default 72 hours
 * @param addresses {@code ALLOWED_NETWORKS}: the networks that may be called beside public ones, by default none
 * @param database {@code DATABASE_URL}: the PostgreSQL database to keep everything in; {@code null}, the default, for memory
 * @param secrets {@code SECRET_KEYS}: what the secrets in the database are encrypted with, {@code name:base64} of 32 bytes,
 *     several parted by commas of which the first encrypts; {@code in-the-clear} not to encrypt them. Needed with a database
 * @param maxPendingPerSubscription {@code MAX_PENDING_PER_SUBSCRIPTION}: how many deliveries may be pending for one
 *     subscription; {@code null}, the default, for any number
 * @param maxPendingPerTenant {@code MAX_PENDING_PER_TENANT}: the same for all subscriptions of one tenant together
 */
record Settings(
        InetAddress host,
        int port,
        RetryPolicy retry,
        String logLevel,
        Duration retention,
        AddressPolicy addresses,
        @Nullable DatabaseUrl database,
        @Nullable SecretCipher secrets,
        @Nullable Integer maxPendingPerSubscription,
        @Nullable Integer maxPendingPerTenant) {
    private static final String IN_THE_CLEAR = "in-the-clear";
    private static final int MOST_PORT = 65_535;
    private static final int MOST_PENDING = 10_000_000;
    private static final int MOST_HOURS = 87_600;
    private static final List<String> LEVELS = List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE");
    private static final Pattern DELAY = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    /** @throws InvalidInputException naming every variable that is wrong */
    static Settings from(Map<String, String> environment) {
        var faults = new ArrayList<Fault>();
        var settings = new Reader(environment, faults).read();
        if (!faults.isEmpty()) {
            throw new InvalidInputException(faults);
        }
        return settings;
    }

    /** Reads variables; what is wrong becomes a fault, and the default stands in for it. */
    private record Reader(Map<String, String> environment, List<Fault> faults) {
        Settings read() {
            return new Settings(
                    host("API_HOST"),
                    number("API_PORT", 8_000, 0, MOST_PORT),
                    retry("RETRY_SCHEDULE"),
                    level("LOG_LEVEL"),
                    Duration.ofHours(number("LOG_RETENTION_HOURS", 72, 1, MOST_HOURS)),
                    addresses("ALLOWED_NETWORKS"),
                    database("DATABASE_URL"),
                    secrets("SECRET_KEYS"),
                    pending("MAX_PENDING_PER_SUBSCRIPTION"),
                    pending("MAX_PENDING_PER_TENANT"));
        }

        private @Nullable DatabaseUrl database(String name) {
            var text = text(name);
            var url = text == null ? null : DatabaseUrl.parse(text);
            if (text != null && url == null) {
                // Without the text, which may hold a password.
                faults.add(new Fault(name, "must be like postgresql://user:password@host/database"));
            }
            return url;
        }

        private @Nullable SecretCipher secrets(String name) {
            var text = text(name);
            if (text == null) {
                if (text("DATABASE_URL") != null) {
                    faults.add(new Fault(
                            name,
                            "must be set with DATABASE_URL: keys such as main:<base64 of 32 bytes>, or "
                                    + IN_THE_CLEAR));
                }
                return null;
            }
            if (text.equals(IN_THE_CLEAR)) {
                return SecretCipher.secretsInTheClear();
            }
            try {
                return SecretKeys.parse(text);
            } catch (InvalidInputException e) {
                e.faults().forEach(fault -> faults.add(new Fault(name, fault.problem())));
                return null;
            }
        }

        private @Nullable String text(String name) {
            var value = environment.get(name);
            return value == null || value.isBlank() ? null : value.strip();
        }

        private InetAddress host(String name) {
            var text = text(name);
            try {
                var address = InetAddress.getByName(text == null ? "127.0.0.1" : text);
                if (address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null) {
                    return address;
                }
            } catch (UnknownHostException | SocketException e) {
                // Said below.
            }
            faults.add(new Fault(name, "must be an address of this machine, is " + text));
            return InetAddress.getLoopbackAddress();
        }

        private @Nullable Integer pending(String name) {
            return text(name) == null ? null : number(name, 1, 1, MOST_PENDING);
        }

        private int number(String name, int byDefault, int least, int most) {
            var text = text(name);
            if (text == null) {
                return byDefault;
            }
            try {
                int number = Integer.parseInt(text);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Said below.
            }
            faults.add(new Fault(name, "must be a whole number from " + least + " to " + most + ", is " + text));
            return byDefault;
        }

        private RetryPolicy retry(String name) {
            var text = text(name);
            if (text == null) {
                return RetryPolicy.standard();
            }
            var delays = new ArrayList<Duration>();
            for (var part : parts(text)) {
                var delay = delay(part);
                if (delay == null) {
                    faults.add(new Fault(
                            name, "must be delays such as 1s,5s,1m, with the units ms, s, m, h and d; has " + part));
                } else {
                    delays.add(delay);
                }
            }
            try {
                return RetryPolicy.schedule(delays.toArray(Duration[]::new));
            } catch (InvalidInputException e) {
                e.faults().forEach(fault -> faults.add(new Fault(name, fault.problem())));
                return RetryPolicy.standard();
            }
        }

        private static @Nullable Duration delay(String text) {
            var match = DELAY.matcher(text);
            if (!match.matches()) {
                return null;
            }
            long amount = Long.parseLong(match.group(1));
            return switch (match.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        }

        private String level(String name) {
            var text = text(name);
            var level = text == null ? "INFO" : text.toUpperCase(Locale.ROOT);
            if (!LEVELS.contains(level)) {
                faults.add(new Fault(name, "must be one of " + String.join(", ", LEVELS) + "; is " + text));
            }
            return level;
        }

        private AddressPolicy addresses(String name) {
            var policy = AddressPolicy.publicOnly();
            var text = text(name);
            if (text == null) {
                return policy;
            }
            for (var network : parts(text)) {
                try {
                    policy = policy.allowing(network);
                } catch (InvalidInputException e) {
                    e.faults().forEach(fault -> faults.add(new Fault(name, fault.problem() + "; has " + network)));
                }
            }
            return policy;
        }

        private static List<String> parts(String text) {
            return Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        }
    }
}
