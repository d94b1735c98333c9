package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.Mutations;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A URL that is taken means one thing, to us and to others, and goes where it says. */
class TargetUrlFuzzTest {
    private static final Pattern NAME =
            Pattern.compile("([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern V4 = Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
    private static final Pattern V6 = Pattern.compile("[0-9a-f:]{2,39}");
    private static final Pattern PATH = Pattern.compile("/([\\w.~!$&'()*+,;=:@/?\\[\\]-]|%[0-9A-Fa-f]{2})*");

    @FuzzTest(maxDuration = "20s")
    void anyText(byte[] given) {
        check(given);
    }

    @Test
    void brieflyChangedSeeds() {
        Mutations.of(getClass(), "anyText").tryOut(10_000, TargetUrlFuzzTest::check);
    }

    private static void check(byte[] given) {
        var text = new String(given, StandardCharsets.UTF_8);
        TargetUrl url;
        try {
            url = TargetUrl.parse(text);
        } catch (InvalidInputException refused) {
            assertThat(refused.faults()).allMatch(fault -> fault.field().equals("url"));
            return;
        }
        assertThat(TargetUrl.parse(text)).isEqualTo(url);
        assertThat(TargetUrl.parse(url.toString())).isEqualTo(url).hasToString(url.toString());
        checkParts(url);
        checkWithUri(text, url);
        checkAddress(url);
    }

    private static void checkParts(TargetUrl url) {
        assertThat(url.scheme()).isIn("http", "https");
        assertThat(url.port()).isBetween(1, 65535);
        assertThat(url.pathAndQuery()).matches(PATH);
        var host = url.host();
        if (url.literalAddress().isPresent()) {
            assertThat(V4.matcher(host).matches() || V6.matcher(host).matches()).isTrue();
        } else {
            assertThat(host).matches(NAME).hasSizeLessThanOrEqualTo(253);
        }
    }

    /** What Java makes of ours is ours; what it makes of the text, if it can, is no other host, port or path. */
    private static void checkWithUri(String text, TargetUrl url) {
        checkAgainst(url.toUri(), url);
        try {
            var theirs = new URI(text);
            if (theirs.getHost() != null) {
                checkAgainst(theirs, url);
            }
        } catch (URISyntaxException notToThem) {
            // Names in other scripts, say.
        }
    }

    private static void checkAgainst(URI theirs, TargetUrl url) {
        assertThat(theirs.getScheme()).isEqualToIgnoringCase(url.scheme());
        assertThat(theirs.getRawUserInfo()).isNull();
        assertThat(theirs.getRawFragment()).isNull();
        int port = theirs.getPort() < 0 ? (url.isTls() ? 443 : 80) : theirs.getPort();
        assertThat(port).isEqualTo(url.port());
        var path = theirs.getRawPath() + (theirs.getRawQuery() == null ? "" : "?" + theirs.getRawQuery());
        assertThat(path.startsWith("/") ? path : "/" + path).isEqualTo(url.pathAndQuery());
        var host = theirs.getHost().toLowerCase(Locale.ROOT);
        if (host.startsWith("[")) {
            assertThat(IpLiteral.parseV6(host.substring(1, host.length() - 1)))
                    .isEqualTo(IpLiteral.parseV6(url.host()));
        } else {
            assertThat(host.endsWith(".") ? host.substring(0, host.length() - 1) : host)
                    .isEqualTo(url.host());
        }
    }

    private static void checkAddress(TargetUrl url) {
        var policy = AddressPolicy.publicOnly();
        url.literalAddress()
                .ifPresent(address -> assertThat(policy.refusal(url)).isEqualTo(policy.refusal(address)));
        if (url.host().equals("localhost") || url.host().endsWith(".localhost")) {
            assertThat(policy.refusal(url)).isPresent();
        }
    }
}
