package dev.posthorn.examples.server;

import dev.posthorn.examples.server.Settings.Role;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.RetryPolicy;
import dev.posthorn.webhook.SecretKeys;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spring.web.ApiKeys;
import dev.posthorn.webhook.transport.AddressPolicy;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads variables; what is wrong becomes a fault, and the default stands in for it. */
record SettingsReader(Map<String, String> environment, List<Fault> faults) {
    private static final String IN_THE_CLEAR = "in-the-clear";
    private static final int MOST_PORT = 65_535;
    private static final int MOST_PENDING = 10_000_000;
    private static final int MOST_HOURS = 87_600;
    private static final int MOST_REQUESTS = 1_000_000;
    private static final List<String> LEVELS = List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE");
    private static final Pattern DELAY = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern ORIGIN = Pattern.compile("https?://[A-Za-z0-9.-]+(:\\d{1,5})?");

    Settings read() {
        var host = host("API_HOST");
        return new Settings(
                role("ROLE"),
                host,
                number("API_PORT", 8_000, 0, MOST_PORT),
                keys("API_KEYS", host),
                origins("CORS_ORIGINS"),
                text("RATE_LIMIT_PER_MINUTE") == null ? null : number("RATE_LIMIT_PER_MINUTE", 1, 1, MOST_REQUESTS),
                networks("TRUSTED_PROXIES"),
                retry("RETRY_SCHEDULE"),
                level("LOG_LEVEL"),
                Duration.ofHours(number("LOG_RETENTION_HOURS", 72, 1, MOST_HOURS)),
                addresses("ALLOWED_NETWORKS"),
                database("DATABASE_URL"),
                redis("REDIS_URL"),
                secrets("ENCRYPTION_KEYS"),
                pending("MAX_PENDING_PER_SUBSCRIPTION"),
                pending("MAX_PENDING_PER_TENANT"));
    }

    private Role role(String name) {
        var text = text(name);
        for (var role : Role.values()) {
            if (role.name().equalsIgnoreCase(text)) {
                if (role != Role.ALL && text("DATABASE_URL") == null) {
                    faults.add(new Fault(name, "must be all without DATABASE_URL: nobody else sees this one's memory"));
                }
                return role;
            }
        }
        if (text != null) {
            faults.add(new Fault(name, "must be all, api or worker; is " + text));
        }
        return Role.ALL;
    }

    private ApiKeys keys(String name, InetAddress host) {
        var text = text(name);
        if (text == null) {
            if (!host.isLoopbackAddress()) {
                faults.add(new Fault(
                        name,
                        "must be set where API_HOST is not a loopback address: keys, or " + ApiKeys.OPEN
                                + " to let everybody in"));
            }
            return ApiKeys.open();
        }
        try {
            return ApiKeys.parse(text);
        } catch (InvalidInputException e) {
            e.faults().forEach(fault -> faults.add(new Fault(name, fault.problem())));
            return ApiKeys.open();
        }
    }

    private List<String> origins(String name) {
        var text = text(name);
        var origins = text == null ? List.<String>of() : parts(text);
        if (!origins.equals(List.of("*"))) {
            for (var origin : origins) {
                if (!ORIGIN.matcher(origin).matches()) {
                    faults.add(new Fault(
                            name, "must be origins such as https://admin.example, or * alone; has " + origin));
                }
            }
        }
        return origins;
    }

    private Networks networks(String name) {
        var text = text(name);
        var networks = new ArrayList<Networks.Network>();
        for (var part : text == null ? List.<String>of() : parts(text)) {
            var network = Networks.parse(part);
            if (network == null) {
                faults.add(new Fault(name, "must be addresses or networks such as 10.0.0.0/8; has " + part));
            } else {
                networks.add(network);
            }
        }
        return new Networks(networks);
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

    private @Nullable URI redis(String name) {
        var text = text(name);
        if (text == null) {
            return null;
        }
        if (text("DATABASE_URL") == null) {
            faults.add(new Fault(name, "must not be set without DATABASE_URL: Redis queues what the database keeps"));
        }
        try {
            var url = new URI(text);
            if (url.getScheme() != null && url.getScheme().matches("rediss?") && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Said below, without the text, which may hold a password.
        }
        faults.add(new Fault(name, "must be like redis://user:password@host:6379/0"));
        return null;
    }

    private @Nullable SecretCipher secrets(String name) {
        var text = text(name);
        if (text == null) {
            if (text("DATABASE_URL") != null) {
                faults.add(new Fault(
                        name,
                        "must be set with DATABASE_URL: keys such as main:<base64 of 32 bytes>, or " + IN_THE_CLEAR));
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
