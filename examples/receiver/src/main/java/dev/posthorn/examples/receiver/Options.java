package dev.posthorn.examples.receiver;

import dev.posthorn.webhook.Signer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver was told to do.
 *
 * @param port where it listens; 0 for any port that is free
 * @param secrets what signatures are checked with: one of them must fit; empty to check none
 * @param scheme how requests are signed
 * @param failures how many requests are answered with {@code status} before the rest is answered 200; {@code null} for
 *     all of them
 * @param status the answer to these requests
 * @param hangs whether requests are never answered
 */
record Options(
        int port,
        List<String> secrets,
        String scheme,
        @Nullable Integer failures,
        int status,
        boolean hangs) {
    static final String SECRET_VARIABLE = "WEBHOOK_SECRET";

    static final String USAGE = """
            Usage: java -jar receiver.jar [options]
              --secret <secret>  check signatures with this secret (whsec_... or a text) or public key (whpk_...);
                                 more than once for any of several; by default that in the variable WEBHOOK_SECRET
              --scheme <name>    standard-webhooks, the default, github or hmac-sha256-hex
              --port <port>      listen on this port of 127.0.0.1, by default 9000; 0 for any
              --fail <n>         answer the first n requests with 500, or with --status, and the rest with 200
              --status <code>    answer every request with this status, or the first n with --fail
              --hang             never answer
              --help             show this""";

    private static final int DEFAULT_PORT = 9_000;
    private static final int MOST_PORT = 65_535;

    /**
     * Reads the arguments, and the secret from the environment where they give none.
     *
     * @throws IllegalArgumentException with a line for every fault
     */
    static Options parse(List<String> arguments, Map<String, String> environment) {
        int port = DEFAULT_PORT;
        var secrets = new ArrayList<String>();
        var scheme = Signer.STANDARD_WEBHOOKS;
        Integer failures = null;
        Integer status = null;
        boolean hangs = false;
        var faults = new ArrayList<String>();
        var rest = arguments.iterator();
        while (rest.hasNext()) {
            var option = rest.next();
            switch (option) {
                case "--port" -> port = number(option, rest, 0, MOST_PORT, faults);
                case "--secret" -> secrets.add(value(option, rest, faults));
                case "--scheme" -> scheme = value(option, rest, faults);
                case "--fail" -> failures = number(option, rest, 0, Integer.MAX_VALUE, faults);
                // Those below 200 are no final answers.
                case "--status" -> status = number(option, rest, 200, 599, faults);
                case "--hang" -> hangs = true;
                default -> faults.add("unknown option: " + option);
            }
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", faults));
        }
        var fromEnvironment = environment.get(SECRET_VARIABLE);
        if (secrets.isEmpty() && fromEnvironment != null) {
            secrets.add(fromEnvironment);
        }
        if (failures == null && status == null) {
            failures = 0;
        }
        return new Options(port, List.copyOf(secrets), scheme, failures, status == null ? 500 : status, hangs);
    }

    private static String value(String option, Iterator<String> rest, List<String> faults) {
        if (!rest.hasNext()) {
            faults.add(option + " needs a value");
            return "";
        }
        return rest.next();
    }

    private static int number(String option, Iterator<String> rest, int least, int most, List<String> faults) {
        var text = value(option, rest, faults);
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        faults.add(option + " must be a number from " + least + " to " + most);
        return least;
    }

    /** The answer to one of the requests that are let in, counted from 1. */
    int answer(int number) {
        return failures == null || number <= failures ? status : 200;
    }
}
