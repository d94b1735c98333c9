package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.posthorn.webhook.Mutations;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A text is one address or none, and no address that Java calls special is allowed, however it is dressed. */
class AddressFuzzTest {
    private static final AddressPolicy PUBLIC_ONLY = AddressPolicy.publicOnly();

    @FuzzTest(maxDuration = "20s")
    void anyTextAndBytes(byte[] given) {
        check(given);
    }

    @Test
    void brieflyChangedSeeds() {
        Mutations.of(getClass(), "anyTextAndBytes").tryOut(10_000, AddressFuzzTest::check);
    }

    private static void check(byte[] given) {
        try {
            checkText(new String(given, StandardCharsets.ISO_8859_1));
            if (given.length >= IpLiteral.V6_BYTES) {
                checkBytes(Arrays.copyOf(given, IpLiteral.V6_BYTES));
            }
            if (given.length >= IpLiteral.V4_BYTES) {
                checkBytes(Arrays.copyOf(given, IpLiteral.V4_BYTES));
            }
        } catch (UnknownHostException e) {
            throw new AssertionError("Java does not know it", e);
        }
    }

    private static void checkText(String text) throws UnknownHostException {
        var bytes = IpLiteral.parse(text);
        assertThat(Network.parse(text) != null && text.indexOf('/') < 0).isEqualTo(bytes != null);
        if (bytes == null) {
            return;
        }
        // What we take, Java takes too, without asking anybody, and means the same.
        assertThat(InetAddress.getByName(text)).isEqualTo(InetAddress.getByAddress(bytes));
        // In one way for IPv4, since others read 0177 as something else.
        assertThat(bytes.length == IpLiteral.V6_BYTES
                        || InetAddress.getByAddress(bytes).getHostAddress().equals(text))
                .isTrue();
        var shown = bytes.length == IpLiteral.V4_BYTES ? text : IpLiteral.formatV6(bytes);
        assertThat(IpLiteral.parse(shown)).isEqualTo(bytes);
        if (bytes.length == IpLiteral.V6_BYTES) {
            assertThat(IpLiteral.formatV6(IpLiteral.parse(shown))).isEqualTo(shown);
        }
        checkBytes(bytes);
    }

    private static void checkBytes(byte[] bytes) throws UnknownHostException {
        var address = IpLiteral.address("x", bytes);
        if (PUBLIC_ONLY.refusal(address).isEmpty()) {
            assertThat(isSpecial(InetAddress.getByAddress(bytes))).isFalse();
            if (bytes.length == IpLiteral.V6_BYTES) {
                // No address that holds another one: 6to4, mapped, compatible.
                assertThat(bytes[0] & 0xe0).isEqualTo(0x20);
                assertThat(bytes[0] == 0x20 && bytes[1] == 0x02).isFalse();
            }
        }
        var single = bytes.length == IpLiteral.V6_BYTES ? IpLiteral.formatV6(bytes) : address.getHostAddress();
        assertThat(PUBLIC_ONLY.allowing(single).refusal(address)).isEmpty();
    }

    private static boolean isSpecial(InetAddress address) {
        return address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress();
    }
}
