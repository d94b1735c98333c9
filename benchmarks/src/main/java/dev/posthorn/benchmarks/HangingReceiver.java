package dev.posthorn.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Endpoints that take requests and never answer, in a process of their own. It sleeps unless somebody connects, writes or
 * leaves, so that it costs next to nothing of the machine it shares with what is measured.
 */
final class HangingReceiver implements AutoCloseable {
    private final Process process;
    private final int port;

    HangingReceiver() throws IOException {
        process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HangingReceiver.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        port = Integer.parseInt(Objects.requireNonNull(out.readLine(), "the receiver did not start"));
    }

    String url(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Prints the port it listens on, and runs until its standard input ends. */
    public static void main(String[] args) throws IOException {
        var selector = Selector.open();
        var server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_024);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        var hanging = new Thread(() -> hang(selector, server), "hang");
        hanging.setDaemon(true);
        hanging.start();
        System.out.println(((InetSocketAddress) server.getLocalAddress()).getPort());
        while (System.in.read() >= 0) {
            // Only its end matters: it ends with the process that started this one, however that ends.
        }
    }

    private static void hang(Selector selector, ServerSocketChannel server) {
        var nowhere = ByteBuffer.allocate(64 * 1024);
        try {
            while (true) {
                selector.select(key -> {
                    try {
                        if (key.isAcceptable()) {
                            var peer = server.accept();
                            peer.configureBlocking(false);
                            peer.register(selector, SelectionKey.OP_READ);
                        } else if (((SocketChannel) key.channel()).read(nowhere.clear()) < 0) {
                            key.channel().close();
                        }
                    } catch (IOException left) {
                        key.cancel();
                    }
                });
            }
        } catch (IOException closed) {
            throw new IllegalStateException(closed);
        }
    }
}
