package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpLiteralTest {
    @ParameterizedTest
    @CsvSource({
        "::, ::",
        "0:0:0:0:0:0:0:0, ::",
        "::1, ::1",
        "1::, 1::",
        "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:db8::1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3",
        "::ffff:127.0.0.1, ::ffff:7f00:1",
        "64:ff9b::10.0.0.1, 64:ff9b::a00:1",
        "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
        "0001:0002::00ff, 1:2::ff"
    })
    void anIpv6AddressHasOneForm(String text, String form) {
        assertThat(IpLiteral.formatV6(IpLiteral.parse(text))).isEqualTo(form);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7::8",
                "1::2::3",
                "12345::",
                "g::",
                "::1%lo",
                "::1%1",
                "[::1]",
                "::1/128",
                "1.2.3.4::",
                "::1.2.3.4:5",
                "::1.2.3",
                "::01.2.3.4",
                "::256.1.1.1",
                " ::1",
                "::1 ",
                "1:",
                ":1",
                "1::2:",
                ":1::2",
                "-1::",
                "+1::",
                "\u0661::",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.",
                ".1.2.3",
                "1.2.3.4.",
                "01.2.3.4",
                "1.2.3.00",
                "1.2.3.256",
                "1.2.3.-1",
                "1.2.3.+1",
                "1.2.3.0x1",
                "1.2.3.4 ",
                "1",
                "16909060",
                "1.2.3.99999999999",
                "\u0661.2.3.4",
                "localhost",
                "a.b.c.d"
            })
    void anythingElseIsNoAddress(String text) {
        assertThat(IpLiteral.parse(text)).isNull();
    }

    @Test
    void ipv6AddressesAreReadAndWrittenAsThePlatformReadsThem() throws Exception {
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            var bytes = new byte[16];
            for (int b = 0; b < 16; b++) {
                bytes[b] = random.nextInt(3) == 0 ? (byte) random.nextInt() : 0;
            }
            var plain = Inet6Address.getByAddress(null, bytes, -1).getHostAddress();
            var form = IpLiteral.formatV6(bytes);

            assertThat(IpLiteral.parse(plain)).isEqualTo(bytes);
            assertThat(IpLiteral.parse(form)).isEqualTo(bytes);
            assertThat(form.length()).isLessThanOrEqualTo(plain.length());
            assertThat(InetAddress.getByName(form)).isEqualTo(InetAddress.getByAddress(bytes));
        }
    }

    @Test
    void whateverIsReadThePlatformReadsAlike() throws Exception {
        var random = new Random(4);
        var pieces = new String[] {":", ":", "::", "0", "1", "ab", "ffff", "1.2.3.4", "10.0.0.1", ".", "12345"};
        int read = 0;
        for (int i = 0; i < 200_000; i++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(16); n > 0; n--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            var bytes = IpLiteral.parse(text.toString());
            if (bytes != null && text.indexOf(":") >= 0) {
                assertThat(InetAddress.getByName(text.toString())).isEqualTo(InetAddress.getByAddress(bytes));
                read++;
            }
        }
        assertThat(read).isGreaterThan(1000);
    }

    @Test
    void aMappedAddressStaysOne() {
        var address = IpLiteral.address("::ffff:7f00:1", IpLiteral.parse("::ffff:127.0.0.1"));

        assertThat(address).isInstanceOf(Inet6Address.class);
        assertThat(address.getAddress()).hasSize(16);
    }
}
