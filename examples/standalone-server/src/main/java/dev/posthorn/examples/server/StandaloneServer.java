package dev.posthorn.examples.server;

import dev.posthorn.webhook.InvalidInputException;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** Posthorn as a server, set by environment variables. */
public final class StandaloneServer implements AutoCloseable {
    private final Settings settings;
    private final ConfigurableApplicationContext context;

    private StandaloneServer(Settings settings, ConfigurableApplicationContext context) {
        this.settings = settings;
        this.context = context;
    }

    /** Runs until SIGTERM or Ctrl-C. Exits with 0 after an orderly end, and with another code if it cannot start. */
    public static void main(String[] args) {
        if (args.length > 0) {
            System.err.println("Posthorn takes no arguments. It is set by environment variables; see README.md.");
            System.exit(2);
        }
        Settings settings;
        try {
            settings = Settings.from(System.getenv());
        } catch (InvalidInputException e) {
            System.err.println("Posthorn does not start, because of its environment:");
            e.faults().forEach(fault -> System.err.println("  " + fault));
            System.exit(2);
            return;
        }
        var server = start(settings);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endProcess(server), "shutdown"));
        System.out.println("Posthorn listens on " + server.url());
    }

    /** A process ended by a signal exits with 128 and the signal's number, unless a hook ends it first. */
    private static void endProcess(StandaloneServer server) {
        int code = 1;
        try {
            server.close();
            code = 0;
        } finally {
            Runtime.getRuntime().halt(code);
        }
    }

    /** Starts a server, which takes requests and delivers when this returns. */
    static StandaloneServer start(Settings settings) {
        var application = new SpringApplication(ServerConfiguration.class);
        application.addInitializers(
                context -> ((GenericApplicationContext) context).registerBean(Settings.class, () -> settings));
        // As arguments, because these have the last word.
        var context = application.run(arguments(settings));
        return new StandaloneServer(settings, context);
    }

    private static String[] arguments(Settings settings) {
        var delays = settings.retry().delays().stream().map(Duration::toString).collect(Collectors.joining(","));
        var arguments = new ArrayList<>(List.of(
                "--server.address=" + settings.host().getHostAddress(),
                "--server.port=" + settings.port(),
                "--logging.level.dev.posthorn=" + settings.logLevel(),
                "--logging.level.root=" + frameworkLevel(settings),
                "--posthorn.auto-start=" + settings.role().delivers(),
                "--posthorn.retry.delays=" + delays,
                "--posthorn.retention=" + settings.retention()));
        if (settings.maxPendingPerSubscription() != null) {
            arguments.add("--posthorn.max-pending-per-subscription=" + settings.maxPendingPerSubscription());
        }
        if (settings.maxPendingPerTenant() != null) {
            arguments.add("--posthorn.max-pending-per-tenant=" + settings.maxPendingPerTenant());
        }
        return arguments.toArray(String[]::new);
    }

    /** What Spring and Tomcat tell at INFO is no news to whoever runs this, and at DEBUG they print what they answer. */
    private static String frameworkLevel(Settings settings) {
        return settings.logLevel().equals("ERROR") ? "ERROR" : "WARN";
    }

    /** Where it listens, such as {@code http://127.0.0.1:8000}. */
    String url() {
        var host = settings.host().getHostAddress();
        var port = context.getEnvironment().getRequiredProperty("local.server.port");
        return "http://" + (settings.host() instanceof Inet6Address ? "[" + host + "]" : host) + ":" + port;
    }

    /** What it is made of. */
    ConfigurableApplicationContext context() {
        return context;
    }

    /** Takes no more requests, lets attempts in flight end, and stops. */
    @Override
    public void close() {
        context.close();
    }
}
