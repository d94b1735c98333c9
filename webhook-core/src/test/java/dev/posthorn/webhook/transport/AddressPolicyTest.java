package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.InvalidInputException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
    private static final AddressPolicy PUBLIC_ONLY = AddressPolicy.publicOnly();

    // The first and the last address of each range.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.255.255.255",
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "127.0.0.0",
                "127.0.0.1",
                "127.255.255.255",
                "168.63.129.16",
                "169.254.0.0",
                "169.254.169.254",
                "169.254.255.255",
                "172.16.0.0",
                "172.31.255.255",
                "192.0.0.0",
                "192.0.0.255",
                "192.0.2.0",
                "192.0.2.255",
                "192.31.196.0",
                "192.31.196.255",
                "192.52.193.0",
                "192.52.193.255",
                "192.88.99.0",
                "192.88.99.255",
                "192.168.0.0",
                "192.168.255.255",
                "192.175.48.0",
                "192.175.48.255",
                "198.18.0.0",
                "198.19.255.255",
                "198.51.100.0",
                "198.51.100.255",
                "203.0.113.0",
                "203.0.113.255",
                "224.0.0.0",
                "239.255.255.255",
                "240.0.0.0",
                "255.255.255.255",
                "::",
                "::1",
                "::2",
                "::7f00:1",
                "::ffff:0:7f00:1",
                "::ffff:0:0",
                "::ffff:127.0.0.1",
                "::ffff:8.8.8.8",
                "::ffff:255.255.255.255",
                "64:ff9b::",
                "64:ff9b::127.0.0.1",
                "64:ff9b::8.8.8.8",
                "64:ff9b:1::1",
                "100::1",
                "1fff:ffff::1",
                "2001::",
                "2001:0:1::1",
                "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db8::",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2002::",
                "2002:7f00:1::1",
                "2002:808:808::1",
                "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2620:4f:8000::",
                "2620:4f:8000:ffff:ffff:ffff:ffff:ffff",
                "3fff::",
                "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                "4000::",
                "5f00::1",
                "8000::1",
                "fc00::",
                "fd00:ec2::254",
                "fdff::1",
                "fe80::1",
                "fec0::1",
                "feff::1",
                "ff02::1",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2606:4700::5efe:127.0.0.1",
                "2606:4700::200:5efe:10.0.0.1",
                "2606:4700::100:5efe:169.254.169.254",
                "2606:4700::300:5efe:192.168.0.1"
            })
    void whatIsNotPublicIsRefused(String address) {
        assertThat(PUBLIC_ONLY.refusal(address(address))).as(address).isPresent();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0.0.0.0               | it means this host or network
            10.1.2.3              | it is private
            172.31.255.255        | it is private
            192.168.0.1           | it is private
            100.64.0.1            | it is shared by a carrier's customers
            127.0.0.1             | it is a loopback address
            169.254.169.254       | it is link-local
            192.0.0.1             | it is reserved for protocols
            192.31.196.1          | it is reserved for protocols
            192.52.193.1          | it is reserved for protocols
            192.88.99.1           | it is reserved for protocols
            192.175.48.1          | it is reserved for protocols
            192.0.2.1             | it is for documentation
            198.51.100.1          | it is for documentation
            203.0.113.1           | it is for documentation
            198.19.0.1            | it is for measurements
            224.0.0.1             | it is a multicast address
            240.0.0.1             | it is reserved
            255.255.255.255       | it is reserved
            168.63.129.16         | it belongs to a cloud's platform
            ::                    | it is not a global unicast address
            ::1                   | it is not a global unicast address
            64:ff9b::8.8.8.8      | it is not a global unicast address
            fd00:ec2::254         | it is not a global unicast address
            fe80::1               | it is not a global unicast address
            ff02::1               | it is not a global unicast address
            ::ffff:8.8.8.8        | it holds an IPv4 address
            2002:7f00:1::1        | it holds an IPv4 address
            2001::1               | it is reserved for protocols
            2620:4f:8000::1       | it is reserved for protocols
            2001:db8::1           | it is for documentation
            3fff::1               | it is for documentation
            2606:4700::5efe:10.0.0.1 | it is private
            """, quoteCharacter = '"')
    void theReasonIsThatOfItsRange(String address, String reason) {
        assertThat(PUBLIC_ONLY.refusal(address(address))).as(address).hasValue(reason);
    }

    // The neighbours of each range.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.0.0.0",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "168.63.129.15",
                "168.63.129.17",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "191.255.255.255",
                "192.0.1.0",
                "192.0.1.255",
                "192.0.3.0",
                "192.31.195.255",
                "192.31.197.0",
                "192.52.192.255",
                "192.52.194.0",
                "192.88.98.255",
                "192.88.100.0",
                "192.167.255.255",
                "192.169.0.0",
                "192.175.47.255",
                "192.175.49.0",
                "198.17.255.255",
                "198.20.0.0",
                "198.51.99.255",
                "198.51.101.0",
                "203.0.112.255",
                "203.0.114.0",
                "223.255.255.255",
                "2000::",
                "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:200::",
                "2001:db7:ffff::1",
                "2001:db9::",
                "2001:4860:4860::8888",
                "2003::",
                "2606:4700:4700::1111",
                "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff",
                "2620:4f:8001::",
                "3ffe:ffff::1",
                "3fff:1000::",
                "2606:4700::5efe:8.8.8.8",
                "2606:4700::200:5efe:8.8.8.8",
                "2606:4700::5eff:127.0.0.1",
                "2606:4700::400:5efe:127.0.0.1",
                "2606:4700::1:5efe:127.0.0.1"
            })
    void whatIsPublicMayBeCalled(String address) {
        assertThat(PUBLIC_ONLY.refusal(address(address))).as(address).isEmpty();
    }

    @Test
    void thereIsNoGapBetweenTheRangesThatWereMeant() {
        // 127.0.0.0/8 and its like, whole: one address of each /16, and every /24 of the small ones' neighbourhoods.
        for (int i = 0; i < 256; i++) {
            assertThat(PUBLIC_ONLY.refusal(address("127." + i + ".1.2"))).isPresent();
            assertThat(PUBLIC_ONLY.refusal(address("10." + i + ".1.2"))).isPresent();
            assertThat(PUBLIC_ONLY.refusal(address("169.254." + i + ".2"))).isPresent();
            assertThat(PUBLIC_ONLY.refusal(address("192.168." + i + ".2"))).isPresent();
            assertThat(PUBLIC_ONLY.refusal(address("172." + i + ".1.2")).isPresent())
                    .isEqualTo(i >= 16 && i < 32);
            assertThat(PUBLIC_ONLY.refusal(address("100." + i + ".1.2")).isPresent())
                    .isEqualTo(i >= 64 && i < 128);
            assertThat(PUBLIC_ONLY.refusal(address(i + ".1.2.3")).isPresent())
                    .isEqualTo(i == 0 || i == 10 || i == 127 || i >= 224);
        }
    }

    @Test
    void aMappedAddressThatThePlatformTurnedIntoIpv4IsJudgedToo() throws Exception {
        assertThat(PUBLIC_ONLY.refusal(InetAddress.getByName("::ffff:10.0.0.1")))
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0, 11.0.0.0",
        "10.0.0.0/8, 10.255.255.255, 127.0.0.1",
        "10.1.0.0/16, 10.1.255.255, 10.2.0.0",
        "10.128.0.0/9, 10.128.0.0, 10.127.255.255",
        "10.0.0.4/30, 10.0.0.7, 10.0.0.8",
        "10.0.0.5, 10.0.0.5, 10.0.0.4",
        "10.0.0.5/32, 10.0.0.5, 10.0.0.6",
        "0.0.0.0/0, 127.0.0.1, ::1",
        "10.0.0.0/8, ::ffff:10.1.2.3, ::ffff:127.0.0.1",
        "10.0.0.0/8, 2606:4700::5efe:10.0.0.1, 2606:4700::5efe:192.168.0.1",
        "10.0.0.0/8, 10.1.2.3, 64:ff9b::10.1.2.3",
        "10.0.0.0/8, 10.1.2.3, 2002:a01:203::1",
        "127.0.0.1, 127.0.0.1, 127.0.0.2",
        "::1, ::1, ::2",
        "fd00::/8, fdff::1, fc00::1",
        "fd12:3456::/32, fd12:3456:ffff::1, fd12:3457::1",
        "fd00::/121, fd00::7f, fd00::80",
        "fd00::5/128, fd00::5, fd00::4",
        "64:ff9b::/96, 64:ff9b::127.0.0.1, 127.0.0.1",
        "::/0, ::ffff:127.0.0.1, 127.0.0.1"
    })
    void anAllowedNetworkAndNoMoreMayBeCalled(String network, String allowed, String refused) {
        var policy = PUBLIC_ONLY.allowing(network);
        var usuallyRefused = !refused.equals("11.0.0.0");

        assertThat(PUBLIC_ONLY.refusal(address(allowed))).isPresent();
        assertThat(policy.refusal(address(allowed))).isEmpty();
        assertThat(policy.refusal(address(refused)).isPresent()).isEqualTo(usuallyRefused);
        assertThat(policy.refusal(address("8.8.8.8"))).isEmpty();
    }

    @Test
    void networksAddUpAndThePolicyItselfStaysAsItWas() {
        var policy = PUBLIC_ONLY.allowing("10.0.0.0/8").allowing(List.of("fd00::/8", "127.0.0.1"));

        assertThat(policy.refusal(address("10.0.0.1"))).isEmpty();
        assertThat(policy.refusal(address("fd00::1"))).isEmpty();
        assertThat(policy.refusal(address("127.0.0.1"))).isEmpty();
        assertThat(PUBLIC_ONLY.refusal(address("10.0.0.1"))).isPresent();
        assertThat(policy).hasToString("AddressPolicy[public, [10.0.0.0/8, fd00::/8, 127.0.0.1]]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/08",
                "10.0.0.0/",
                "10.0.0.0/8/8",
                "10.0.0.1/8",
                "10.0.0.0/+8",
                "10.0.0/8",
                "10/8",
                "010.0.0.0/8",
                "fd00::/129",
                "fd00::1/8",
                "fd00::%1/128",
                "[fd00::1]",
                "localhost",
                "example.com",
                "10.0.0.0 /8",
                "::ffff:10.0.0.1/8"
            })
    void whatIsNoNetworkIsRefused(String network) {
        assertThatThrownBy(() -> PUBLIC_ONLY.allowing(network))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("cidrs[0]: must be an IP address or a network");
    }

    @Test
    void everyOneThatIsNoNetworkIsNamed() {
        assertThatThrownBy(() -> PUBLIC_ONLY.allowing("nope", "10.0.0.0/8", "10.0.0.1/8"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll("cidrs[0]", "cidrs[2]")
                .hasMessageNotContaining("cidrs[1]");
    }

    @ParameterizedTest
    @CsvSource({
        "64:ff9b::8.8.8.8, false",
        "64:ff9b::127.0.0.1, true",
        "64:ff9b::169.254.169.254, true",
        "64:ff9b::10.1.2.3, false",
        "64:ff9b:1::8.8.8.8, true",
        "64:ff9b:0:0:0:1:808:808, true",
        "::ffff:8.8.8.8, true"
    })
    void throughNat64AnAddressIsJudgedByTheOneItHolds(String address, boolean isRefused) {
        var policy = PUBLIC_ONLY.throughNat64().allowing("10.0.0.0/8");

        assertThat(policy.refusal(address(address)).isPresent()).isEqualTo(isRefused);
        assertThat(PUBLIC_ONLY.allowing("10.0.0.0/8").refusal(address(address))).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "https://127.0.0.1/, true",
        "https://[::1]/, true",
        "https://[::ffff:127.0.0.1]/, true",
        "https://[64:ff9b::7f00:1]/, true",
        "https://169.254.169.254/latest, true",
        "https://１０.0.0.1/, true",
        "https://localhost/, true",
        "https://LOCALHOST./, true",
        "https://a.b.localhost/, true",
        "https://localhost.example/, false",
        "https://notlocalhost/, false",
        "https://example.com/, false",
        "https://8.8.8.8/, false"
    })
    void aUrlIsJudgedWithoutALookUp(String url, boolean isRefused) {
        assertThat(PUBLIC_ONLY.refusal(TargetUrl.parse(url)).isPresent()).isEqualTo(isRefused);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.0/8", "127.0.0.1", "::1"})
    void localhostMayBeCalledWhereALoopbackAddressMay(String network) {
        var url = TargetUrl.parse("http://localhost:8080/");

        assertThat(PUBLIC_ONLY.allowing(network).refusal(url)).isEmpty();
        assertThat(PUBLIC_ONLY.allowing("10.0.0.0/8").refusal(url)).isPresent();
    }

    private static InetAddress address(String text) {
        return IpLiteral.address(text, IpLiteral.parse(text));
    }
}
