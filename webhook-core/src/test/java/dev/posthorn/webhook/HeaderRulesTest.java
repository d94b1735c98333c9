package dev.posthorn.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderRulesTest {
    @Test
    void ordinaryHeadersAreTaken() {
        assertThat(faults(Map.of())).isEmpty();
        assertThat(faults(Map.of(
                        "Authorization", "Bearer abc.def",
                        "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                        "X-Empty", "",
                        "X-All", "\t !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~",
                        "!#$%&'*+-.^_`|~09azAZ", "odd but a token",
                        "X-Webhook-Id", "not one of ours",
                        "Content-Language", "de")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "content-length",
                "Transfer-Encoding",
                "CONNECTION",
                "TE",
                "Trailer",
                "Keep-Alive",
                "Upgrade",
                "Expect",
                "Proxy-Authorization",
                "Proxy-Connection",
                "proxy-anything",
                "HTTP2-Settings",
                "Via",
                "webhook-id",
                "Webhook-Timestamp",
                "webhook-signature",
                "webhook-anything",
                "Content-Type",
                "User-Agent"
            })
    void aReservedNameIsRefused(String name) {
        assertThat(faults(Map.of(name, "x")))
                .singleElement()
                .asString()
                .startsWith("headers[" + name + "]: ")
                .contains("must not be set");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "a b", "a:", "a\r\nb", "a\u0000", "\u00fc", "a(b)", "a\"", "a/b", "a\u212a", "{a}", "a@b"
            })
    void aNameThatIsNoTokenIsRefusedByItsPlace(String name) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("X-Good", "x");
        headers.put(name, "x");

        assertThat(faults(headers)).singleElement().asString().startsWith("headers[1]: must have a name of letters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\r\nb",
                "a\nb",
                "a\rb",
                "\u0000",
                "\u007f",
                "caf\u00e9",
                "\u20ac",
                "\uD83D\uDD11",
                "\u0085",
                "\u0001"
            })
    void aValueWithAnythingButVisibleAsciiSpaceAndTabIsRefused(String value) {
        assertThat(faults(Map.of("X-Secret", value)))
                .singleElement()
                .asString()
                .startsWith("headers[X-Secret]: must have a value of visible ASCII");
    }

    @Test
    void namesThatDifferOnlyInCaseAreOneName() {
        var headers = new LinkedHashMap<String, String>();
        headers.put("X-One", "1");
        headers.put("x-one", "2");

        assertThat(faults(headers)).singleElement().asString().startsWith("headers[x-one]: must not be there twice");
    }

    @Test
    void atMost64HeadersAreTaken() {
        assertThat(faults(numbered(64, "v"))).isEmpty();
        assertThat(faults(numbered(65, "v"))).singleElement().asString().isEqualTo("headers: must be at most 64");
    }

    @Test
    void namesAndValuesTogetherHaveAtMost8Kilobytes() {
        assertThat(faults(Map.of("X-Big", "v".repeat(8 * 1024 - 5)))).isEmpty();
        assertThat(faults(Map.of("X-Big", "v".repeat(8 * 1024 - 4))))
                .singleElement()
                .asString()
                .isEqualTo("headers: must have names and values of at most 8 KB in all");
        assertThat(faults(numbered(64, "v".repeat(125)))).hasSize(1);
    }

    @Test
    void everyFaultIsNamedAndNoValueShown() {
        var headers = new LinkedHashMap<String, String>();
        headers.put("bad name", "s3cret\n");
        headers.put("Host", "s3cret");
        headers.put("HOST", "s3cret\u00e9");
        headers.put("X-Good", "s3cret");
        headers.put("n".repeat(65) + "\u00e9", "s3cret");
        headers.put("n".repeat(65), "s3cret\n");

        assertThat(faults(headers))
                .extracting(fault -> fault.field() + " " + fault.problem().split(" ", -1)[2])
                .containsExactly(
                        "headers[0] a",
                        "headers[0] a",
                        "headers[Host] be",
                        "headers[HOST] be",
                        "headers[HOST] be",
                        "headers[HOST] a",
                        "headers[4] a",
                        "headers[5] a");
        assertThat(faults(headers).toString()).doesNotContain("s3cret").doesNotContain("bad name");
    }

    private static Map<String, String> numbered(int count, String value) {
        var headers = new LinkedHashMap<String, String>();
        for (int i = 0; i < count; i++) {
            headers.put("X-" + i, value);
        }
        return headers;
    }

    private static List<InvalidInputException.Fault> faults(Map<String, String> headers) {
        var faults = new Faults();
        HeaderRules.check(headers, "headers", faults);
        var refusal = catchThrowableOfType(InvalidInputException.class, faults::throwIfAny);
        return refusal == null ? List.of() : refusal.faults();
    }
}
