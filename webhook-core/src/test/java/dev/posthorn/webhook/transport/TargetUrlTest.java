package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.posthorn.webhook.InvalidInputException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetUrlTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            https://example.com                       | https://example.com/
            https://example.com/                      | https://example.com/
            HTTPS://EXAMPLE.COM/Hooks                 | https://example.com/Hooks
            http://example.com/hooks                  | http://example.com/hooks
            https://example.com:443/a                 | https://example.com/a
            http://example.com:80/a                   | http://example.com/a
            https://example.com:80/a                  | https://example.com:80/a
            http://example.com:443/a                  | http://example.com:443/a
            https://example.com:1                     | https://example.com:1/
            https://example.com:65535/                | https://example.com:65535/
            https://example.com?q                     | https://example.com/?q
            https://example.com/?q=1&r=a+b            | https://example.com/?q=1&r=a+b
            https://example.com/a?ids[]=1             | https://example.com/a?ids[]=1
            https://example.com/a?b?c/d               | https://example.com/a?b?c/d
            https://example.com/a%20b%2Fc             | https://example.com/a%20b%2Fc
            https://example.com/-._~!$&'()*+,;=:@     | https://example.com/-._~!$&'()*+,;=:@
            https://example.com//a/../b/./c           | https://example.com//a/../b/./c
            https://example.com/user:pw@host          | https://example.com/user:pw@host
            https://example.com/?u=a@b                | https://example.com/?u=a@b
            https://example.com/http://other/         | https://example.com/http://other/
            https://example.com./a                    | https://example.com/a
            https://localhost:8443/                   | https://localhost:8443/
            http://webhook-receiver:8080/             | http://webhook-receiver:8080/
            https://a-b.c--d.example/                 | https://a-b.c--d.example/
            https://1.example/                        | https://1.example/
            https://123.456.example/                  | https://123.456.example/
            https://0x7f.example/                     | https://0x7f.example/
            https://xn--bcher-kva.example/            | https://xn--bcher-kva.example/
            https://XN--BCHER-KVA.example/            | https://xn--bcher-kva.example/
            https://bücher.example/                   | https://xn--bcher-kva.example/
            https://BÜCHER.example/                   | https://xn--bcher-kva.example/
            https://例え.テスト/                        | https://xn--r8jz45g.xn--zckzah/
            https://ｅｘａｍｐｌｅ．com/                 | https://example.com/
            https://１２７.0.0.1/                      | https://127.0.0.1/
            https://127。0。0。1/                       | https://127.0.0.1/
            https://exam\u00adple.com/                | https://example.com/
            https://127.0.0.1/                        | https://127.0.0.1/
            https://127.0.0.1./                       | https://127.0.0.1/
            https://0.0.0.0/                          | https://0.0.0.0/
            https://255.255.255.255:8443/x            | https://255.255.255.255:8443/x
            https://[::1]/                            | https://[::1]/
            https://[::1]:8443/                       | https://[::1]:8443/
            https://[::1]:443/                        | https://[::1]/
            https://[2001:DB8:0:0:0:0:0:1]/           | https://[2001:db8::1]/
            https://[::ffff:127.0.0.1]/               | https://[::ffff:7f00:1]/
            https://[64:ff9b::7f00:1]/                | https://[64:ff9b::7f00:1]/
            """)
    void aGoodUrlHasOneForm(String text, String form) {
        var url = TargetUrl.parse(text);

        assertThat(url).hasToString(form);
        assertThat(url.toUri()).hasToString(form);
        assertThat(TargetUrl.parse(form)).isEqualTo(url).hasSameHashCodeAs(url);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', ignoreLeadingAndTrailingWhitespace = false, textBlock = """
            |must begin with https
            example.com/hooks|must begin with https
            //example.com/|must begin with https
            https:example.com|must begin with https
            https:/example.com|must begin with https
            ftp://example.com/|must begin with https
            file:///etc/passwd|must begin with https
            gopher://example.com/|must begin with https
            jar:https://example.com/!/|must begin with https
            javascript://example.com/%0aalert(1)|must begin with https
            httpſ://example.com/|must begin with https
            https ://example.com/|must begin with https
            https://|must have a host
            https:///path|must have a host
            https://?q|must have a host
            https://:443/|must have a host
            https://./|must have a host
            https://user:pw@127.0.0.1/|no user info
            https://user@example.com/|no user info
            https://@example.com/|no user info
            https://good.example%2f@127.0.0.1/|no user info
            https://good.example@evil.example@127.0.0.1/|no user info
            https://example.com/#top|no fragment
            https://example.com#@evil.example/|no fragment
            https://example.com/a#|no fragment
            https://2130706433/|last label
            https://0/|last label
            https://999/|last label
            https://127.1/|last label
            https://127.0.1/|last label
            https://0x7f.1/|last label
            https://0x7f000001/|last label
            https://0x7f.0.0.0x1/|last label
            https://0177.0.0.1/|last label
            https://127.0.0.01/|last label
            https://127.0.0.1.1/|last label
            https://256.0.0.1/|last label
            https://1.2.3.4.5/|last label
            https://example.1/|last label
            https://example.com.0x/|last label
            https://example.3com/|last label
            https://017700000001/|last label
            https://１２７.1/|last label
            https://②①③０７０６４３３/|last label
            https://[::1%lo]/|scope id
            https://[::1%25lo]/|scope id
            https://[fe80::1%1]/|scope id
            https://[::1|IPv6 address
            https://[]/|IPv6 address
            https://[127.0.0.1]/|IPv6 address
            https://[v1.a]/|IPv6 address
            https://[::1]x/|IPv6 address
            https://[::1]x:80/|IPv6 address
            https://[1:2:3]/|IPv6 address
            https://::1/|IPv6 address in brackets
            https://2001:db8::1/|IPv6 address in brackets
            https://example.com:80:80/|one port at most
            https://example.com:/|port from 1 to 65535
            https://example.com:0/|port from 1 to 65535
            https://example.com:00080/|port from 1 to 65535
            https://example.com:65536/|port from 1 to 65535
            https://example.com:99999999999/|port from 1 to 65535
            https://example.com:-1/|port from 1 to 65535
            https://example.com:+80/|port from 1 to 65535
            https://example.com:8o/|port from 1 to 65535
            https://example.com:٨٠/|port from 1 to 65535
            https://[::1]:0/|port from 1 to 65535
            https://a_b.example/|letters, digits and inner hyphens
            https://-a.example/|letters, digits and inner hyphens
            https://a-.example/|letters, digits and inner hyphens
            https://a..example/|letters, digits and inner hyphens
            https://.example/|letters, digits and inner hyphens
            https://example.com../|letters, digits and inner hyphens
            https://exam%70le.com/|letters, digits and inner hyphens
            https://exa$mple.com/|letters, digits and inner hyphens
            https://127.0.0.1%00.example/|letters, digits and inner hyphens
            https://example.com;evil.example/|letters, digits and inner hyphens
            https://example.com,evil.example/|letters, digits and inner hyphens
            https://*.example.com/|letters, digits and inner hyphens
            https://faß.example/|punycode
            https://βόλος.example/|punycode
            https://a\u200db.example/|punycode
            https://a_ü.example/|punycode
            https://evil.c℀.example/|punycode
            https://evil.example℀b/|punycode
            https://🔑.example/|punycode
            https://example.com\\@evil.example/|backslash
            https:\\\\example.com/|backslash
            https://example.com/a b|no space
            https://exam ple.com/|no space
            https://example.com/%|hexadecimal digits
            https://example.com/%2|hexadecimal digits
            https://example.com/%zz|hexadecimal digits
            https://example.com/?a=%u0041|hexadecimal digits
            https://example.com/%1\uff11|hexadecimal digits
            https://example.com/bücher|RFC 3986
            https://example.com/a"b|RFC 3986
            https://example.com/<a>|RFC 3986
            https://example.com/{id}|RFC 3986
            https://example.com/a^b|RFC 3986
            https://example.com/[a]|RFC 3986
            https://example.com/?a={b}|RFC 3986
            """)
    void aBadUrlIsRefused(String text, String problem) {
        assertRefused(text == null ? "" : text, problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " https://example.com/",
                "https://example.com/ ",
                "https://example.com\n/",
                "https://example.com/\r\nHost: evil",
                "https://example.com/\u0000",
                "https://example.com/\t",
                "https://example.com/\u007f",
                "https://example.com/\u0085",
                "https://example.com/\u00a0"
            })
    void aSpaceOrControlCharacterIsRefused(String text) {
        assertRefused(text, "no space, control character");
    }

    @Test
    void aUrlHasAtMost2048Characters() {
        var start = "https://example.com/";

        assertThat(TargetUrl.parse(start + "a".repeat(2048 - start.length())).pathAndQuery())
                .hasSize(2048 - start.length() + 1);
        assertRefused(start + "a".repeat(2049 - start.length()), "2,048 characters, has 2049");
    }

    @Test
    void aLabelHasAtMost63CharactersAndAHost253() {
        var label = "a".repeat(63);
        var host = label + "." + label + "." + label + "." + "a".repeat(61);

        assertThat(TargetUrl.parse("https://" + host + "/").host()).hasSize(253);
        assertThat(TargetUrl.parse("https://" + host + "./").host()).hasSize(253);
        assertRefused("https://" + host + "a/", "253 characters");
        assertRefused("https://" + label + "a.example/", "1 to 63");
    }

    @Test
    void everyFaultIsNamedAndTheUrlNotShown() {
        var refusal = catchThrowableOfType(
                InvalidInputException.class, () -> TargetUrl.parse("ftp://us3r:pw@a_b:0/x y%#frag"));

        assertThat(refusal.faults())
                .extracting(InvalidInputException.Fault::field)
                .hasSize(8)
                .containsOnly("url");
        assertThat(refusal)
                .hasMessageContainingAll(
                        "no space", "https://", "fragment", "user info", "hyphens", "port", "hexadecimal", "RFC 3986")
                .hasMessageNotContainingAny("us3r", "pw@", "frag ", "a_b");
    }

    @Test
    void thePartsAreTold() {
        var url = TargetUrl.parse("HTTP://Example.com.:8080/a?b=c");

        assertThat(url.scheme()).isEqualTo("http");
        assertThat(url.isTls()).isFalse();
        assertThat(url.host()).isEqualTo("example.com");
        assertThat(url.port()).isEqualTo(8080);
        assertThat(url.authority()).isEqualTo("example.com:8080");
        assertThat(url.pathAndQuery()).isEqualTo("/a?b=c");
        assertThat(url.literalAddress()).isEmpty();
    }

    @Test
    void theSchemesOwnPortIsNotInTheAuthority() {
        assertThat(TargetUrl.parse("https://example.com:443").authority()).isEqualTo("example.com");
        assertThat(TargetUrl.parse("https://example.com:443").port()).isEqualTo(443);
        assertThat(TargetUrl.parse("http://example.com").port()).isEqualTo(80);
        assertThat(TargetUrl.parse("https://example.com").isTls()).isTrue();
    }

    @Test
    void anIpv6AddressHasBracketsInTheAuthorityOnly() {
        var url = TargetUrl.parse("https://[::1]:8443/");

        assertThat(url.host()).isEqualTo("::1");
        assertThat(url.authority()).isEqualTo("[::1]:8443");
        assertThat(TargetUrl.parse("https://[::1]/").authority()).isEqualTo("[::1]");
    }

    @Test
    void anAddressIsToldByItsBytes() {
        assertThat(literal("https://127.0.0.1/")).containsExactly(127, 0, 0, 1);
        assertThat(literal("https://１２７.0.0.1/")).containsExactly(127, 0, 0, 1);
        assertThat(literal("https://[::1]/")).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        // Not turned into an IPv4 address, as the platform would.
        assertThat(literal("https://[::ffff:127.0.0.1]/")).hasSize(16);
        assertThat(TargetUrl.parse("https://example.com/").literalAddress()).isEmpty();
    }

    @Test
    void differentUrlsAreNotEqual() {
        assertThat(List.of(
                        TargetUrl.parse("https://example.com/"),
                        TargetUrl.parse("http://example.com/"),
                        TargetUrl.parse("https://example.com:8443/"),
                        TargetUrl.parse("https://example.com/a"),
                        TargetUrl.parse("https://example.com/A"),
                        TargetUrl.parse("https://www.example.com/")))
                .doesNotHaveDuplicates();
    }

    @Test
    void whateverIsTakenIsReadAlikeByThePlatformAndAgainByUs() {
        var random = new Random(5);
        var pieces = new String[] {
            "https://",
            "http://",
            "://",
            "/",
            "?",
            "#",
            "@",
            ":",
            ":80",
            ":443",
            ".",
            "..",
            "[",
            "]",
            "[::1]",
            "::",
            "%",
            "%2f",
            "%00",
            "a",
            "A",
            "b-",
            "-",
            "_",
            "example",
            "com",
            "1",
            "127.0.0.1",
            "0x7f",
            "ü",
            "ß",
            "。",
            "１",
            "\u200d",
            "\u0301",
            "\u0661",
            "\u05d0",
            "\uD83D\uDD11",
            "\uD83D",
            "℀",
            "xn--",
            "xn--a",
            "\\",
            " ",
            "\n",
            "~",
            "=",
            "&",
            "\u212a",
            "\u3002"
        };
        int taken = 0;
        for (int i = 0; i < 100_000; i++) {
            var text = new StringBuilder(random.nextInt(4) > 0 ? "https://" : "");
            for (int n = random.nextInt(9); n > 0; n--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            TargetUrl url;
            try {
                url = TargetUrl.parse(text.toString());
            } catch (InvalidInputException e) {
                continue;
            }
            taken++;
            var uri = url.toUri();
            assertThat(uri.getHost()).as("%s", text).isEqualTo(url.authority().replaceFirst(":\\d+$", ""));
            assertThat(uri.getRawUserInfo()).isNull();
            assertThat(uri.getRawFragment()).isNull();
            assertThat(uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()))
                    .isEqualTo(url.pathAndQuery());
            assertThat(TargetUrl.parse(url.toString())).isEqualTo(url).hasToString(url.toString());
            assertThat(url.toString())
                    .isPrintable()
                    .matches(text1 -> text1.chars().allMatch(c -> c < 0x7f));
        }
        assertThat(taken).isGreaterThan(2000);
    }

    private static byte[] literal(String url) {
        return TargetUrl.parse(url).literalAddress().orElseThrow().getAddress();
    }

    private static void assertRefused(String text, String problem) {
        var refusal = catchThrowableOfType(InvalidInputException.class, () -> TargetUrl.parse(text));
        assertThat(refusal).as("%s", text).isNotNull().hasMessageContaining(problem);
        assertThat(refusal.faults()).allMatch(fault -> fault.field().equals("url"));
    }
}
