package dev.posthorn.webhook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * The brief form of a fuzz test: its kept seeds, changed a little at random. The seed of that is printed, and
 * {@code -Dposthorn.test.seed=…} does the same again.
 */
public final class Mutations {
    private static final int MOST_CHANGES = 6;
    private static final int MOST_BYTES = 4 * 1024;

    private final List<byte[]> seeds;
    private final Random random;
    private final long randomSeed = Long.getLong("posthorn.test.seed", System.nanoTime());

    private Mutations(List<byte[]> seeds) {
        this.seeds = seeds;
        this.random = new Random(randomSeed);
    }

    /** Of the seeds in the folder where the fuzzer looks for them. */
    public static Mutations of(Class<?> test, String method) {
        var folder = test.getResource(test.getSimpleName() + "Inputs/" + method);
        try (var files = Files.list(Path.of(folder.toURI()))) {
            return new Mutations(files.sorted().map(Mutations::read).toList());
        } catch (Exception e) {
            throw new AssertionError("the seeds of " + test, e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tries so many inputs. */
    public void tryOut(int count, Consumer<byte[]> property) {
        System.out.println("-Dposthorn.test.seed=" + randomSeed);
        for (int i = 0; i < count; i++) {
            var input = next();
            try {
                property.accept(input.clone());
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "with " + Base64.getEncoder().encodeToString(input) + ": " + e.getMessage(), e);
            }
        }
    }

    private byte[] next() {
        var input = seed();
        for (int changes = random.nextInt(MOST_CHANGES); changes > 0; changes--) {
            input = change(input);
        }
        return input;
    }

    private byte[] seed() {
        return seeds.get(random.nextInt(seeds.size())).clone();
    }

    private byte[] change(byte[] input) {
        int at = random.nextInt(input.length + 1);
        int to = Math.min(input.length, at + random.nextInt(8));
        return switch (random.nextInt(6)) {
            case 0 -> spliced(input, at, new byte[0], to);
            case 1 -> spliced(input, at, new byte[] {(byte) random.nextInt(256)}, at);
            case 2 ->
                spliced(
                        input,
                        at,
                        new byte[] {(byte) (' ' + random.nextInt('~' - ' '))},
                        Math.min(input.length, at + 1));
            case 3 -> spliced(input, at, Arrays.copyOfRange(input, at, to), at);
            case 4 -> {
                if (at < input.length) {
                    input[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
                }
                yield input;
            }
            default -> {
                var other = seed();
                yield spliced(input, at, Arrays.copyOfRange(other, random.nextInt(other.length + 1), other.length), to);
            }
        };
    }

    /** The input with some bytes in place of others. */
    private static byte[] spliced(byte[] input, int from, byte[] bytes, int to) {
        var out = new byte[from + bytes.length + input.length - to];
        System.arraycopy(input, 0, out, 0, from);
        System.arraycopy(bytes, 0, out, from, bytes.length);
        System.arraycopy(input, to, out, from + bytes.length, input.length - to);
        return out.length > MOST_BYTES ? Arrays.copyOf(out, MOST_BYTES) : out;
    }
}
