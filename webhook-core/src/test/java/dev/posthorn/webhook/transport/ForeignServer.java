package dev.posthorn.webhook.transport;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A server that others wrote, in a process of its own, which answers {@code /404} with that status. */
final class ForeignServer implements AutoCloseable {
    private final Process process;
    private final int port;

    private ForeignServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Node, if it is on the path; a test that asks for it is not run otherwise. */
    static ForeignServer node(Path folder) throws IOException {
        int port = freePort();
        var script = Files.writeString(folder.resolve("server.js"), """
                require('http').createServer((request, response) => {
                  const parts = [];
                  request.on('data', part => parts.push(part));
                  request.on('end', () => {
                    const body = Buffer.concat(parts);
                    response.statusCode = Number(request.url.slice(1));
                    response.setHeader('X-Length', body.length);
                    response.write(body.subarray(0, body.length / 2));
                    response.end(body.subarray(body.length / 2));
                  });
                }).listen(%d, '127.0.0.1');
                """.formatted(port));
        return start("node", folder, port, script.toString());
    }

    /** nginx, likewise. */
    static ForeignServer nginx(Path folder) throws IOException {
        int port = freePort();
        var conf = Files.writeString(folder.resolve("nginx.conf"), """
                daemon off;
                pid %1$s/pid;
                error_log stderr;
                events {}
                http {
                  access_log off;
                  client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
                  server {
                    listen 127.0.0.1:%2$d;
                    location ~ ^/30[127]$ { return 307 /elsewhere; }
                    location ~ ^/(200|201|202)$ { return 200 "taken"; }
                    location = /204 { return 204; }
                    location = /410 { return 410; }
                    location = /413 { return 413; }
                    location = /429 { return 429; }
                    location = /500 { return 500; }
                    location = /503 { return 503 "busy"; }
                    location / { return 404; }
                  }
                }
                """.formatted(folder, port));
        return start("nginx", folder, port, "-p", folder.toString(), "-c", conf.toString());
    }

    private static ForeignServer start(String program, Path folder, int port, String... arguments) throws IOException {
        var found = find(program);
        assumeTrue(found != null, () -> program + " is not on this machine's path: not run");
        var command = new ArrayList<>(List.of(found.toString()));
        command.addAll(Arrays.asList(arguments));
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        var server = new ForeignServer(process, port);
        try {
            Awaitility.await().until(() -> listens(port));
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw new IllegalStateException(Files.readString(folder.resolve("output")), e);
        }
    }

    private static Path find(String program) {
        for (var folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
            var file = Path.of(folder, program);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        return null;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean listens(int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
