package dev.posthorn.webhook.tck;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;

/**
 * Many {@link HostileEndpoint}s in a process of their own, which takes only what nobody else wants of the processors where
 * the system has {@code chrt} or {@code nice}: endpoints have machines of their own elsewhere. Not safe for use by several threads.
 */
public final class HostileProcess implements AutoCloseable {
    /** Niced processes still take whole slices from others, but idle ones (sched(7)) give way at once. */
    private static final List<List<String>> POLITELY =
            List.of(List.of("/usr/bin/chrt", "--idle", "0"), List.of("/usr/bin/nice", "-n", "19"));

    private final Process process;
    private final BufferedReader answers;
    private final SSLContext trusting;
    private final List<String> urls = new ArrayList<>();

    private HostileProcess(Process process, int count) throws IOException {
        this.process = process;
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        trusting = HostileKeys.trusting(certificate(answer()));
        for (int i = 0; i < count; i++) {
            urls.add(answer());
        }
    }

    /** Starts so many, which misbehave in every way there is in turn, on free ports of 127.0.0.1. */
    public static HostileProcess start(int count) {
        var command = new ArrayList<>(POLITELY.stream()
                .filter(start -> Files.isExecutable(Path.of(start.get(0))))
                .findFirst()
                .orElse(List.of()));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                HostileProcess.class.getName(),
                Integer.toString(count)));
        try {
            var process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try {
                return new HostileProcess(process, count);
            } catch (IOException | RuntimeException e) {
                process.destroyForcibly();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of each endpoint, in the order of {@link HostileBehaviour#all()}, again and again. */
    public List<String> urls() {
        return List.copyOf(urls);
    }

    /** Trusts those of them whose certificate is in order. */
    public SSLContext trusting() {
        return trusting;
    }

    /** How many of them were connected to so far. */
    public int called() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            return Integer.parseInt(answer());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String answer() throws IOException {
        return Objects.requireNonNull(answers.readLine(), "the process of hostile endpoints has ended");
    }

    private static X509Certificate certificate(String base64) {
        try {
            var bytes = Base64.getDecoder().decode(base64);
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(bytes));
        } catch (CertificateException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the process. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /**
     * What the process does: it prints a certificate and the URLs, then for each byte it reads how many endpoints were
     * connected to, and ends with its input, which is when the process that started it ends.
     *
     * @param args how many endpoints
     */
    public static void main(String[] args) throws IOException, CertificateEncodingException {
        var behaviours = HostileBehaviour.all();
        var endpoints = new ArrayList<HostileEndpoint>();
        System.out.println(
                Base64.getEncoder().encodeToString(HostileKeys.authority().getEncoded()));
        for (int i = 0; i < Integer.parseInt(args[0]); i++) {
            endpoints.add(HostileEndpoint.start(behaviours.get(i % behaviours.size())));
            System.out.println(endpoints.get(i).url("/hooks"));
        }
        while (System.in.read() >= 0) {
            System.out.println(endpoints.stream()
                    .filter(endpoint -> endpoint.connections() > 0)
                    .count());
        }
        System.exit(0);
    }
}
