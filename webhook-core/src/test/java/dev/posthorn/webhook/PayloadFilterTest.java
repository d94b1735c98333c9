package dev.posthorn.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.posthorn.webhook.InvalidInputException.Fault;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadFilterTest {
    private static final String ORDER = """
            {"order": {"total": 120.50, "currency": "EUR", "test": false, "note": null, "items": [{"sku": "a-1"}, 7],
              "a/b": 1, "m~n": 2, "": 3, "01": 4, "größe": "XL"}}""";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'pointer':'/order/currency','equals':'EUR'}                   | true",
                "{'pointer':'/order/currency','equals':'eur'}                   | false",
                "{'pointer':'/order/currency','not_equals':'eur'}               | true",
                "{'pointer':'/order/currency','not_equals':'EUR'}               | false",
                "{'pointer':'/order/currency','in':['CHF','EUR']}               | true",
                "{'pointer':'/order/currency','in':['CHF']}                     | false",
                "{'pointer':'/order/currency','prefix':'EU'}                    | true",
                "{'pointer':'/order/currency','prefix':''}                      | true",
                "{'pointer':'/order/currency','prefix':'UR'}                    | false",
                "{'pointer':'/order/total','gt':120.5}                          | false",
                "{'pointer':'/order/total','gte':120.5}                         | true",
                "{'pointer':'/order/total','lt':120.5}                          | false",
                "{'pointer':'/order/total','lte':120.5}                         | true",
                "{'pointer':'/order/total','gt':-1e3}                           | true",
                "{'pointer':'/order/total','equals':1.205e2}                    | true",
                "{'pointer':'/order/total','equals':'120.50'}                   | false",
                "{'pointer':'/order/total','exists':true}                       | true",
                "{'pointer':'/order/total','exists':false}                      | false",
                "{'pointer':'/order/test','equals':false}                       | true",
                "{'pointer':'/order/test','equals':null}                        | false",
                "{'pointer':'/order/note','equals':null}                        | true",
                "{'pointer':'/order/note','exists':true}                        | true",
                "{'pointer':'/order/note','not_equals':'x'}                     | true",
                "{'pointer':'/order/items/0/sku','equals':'a-1'}                | true",
                "{'pointer':'/order/items/1','equals':7}                        | true",
                "{'pointer':'/order/items/01','exists':false}                   | true",
                "{'pointer':'/order/items/-','exists':false}                    | true",
                "{'pointer':'/order/items/2','exists':false}                    | true",
                "{'pointer':'/order/items','exists':true}                       | true",
                "{'pointer':'/order/items','not_equals':7}                      | true",
                "{'pointer':'/order/a~1b','equals':1}                           | true",
                "{'pointer':'/order/m~0n','equals':2}                           | true",
                "{'pointer':'/order/','equals':3}                               | true",
                "{'pointer':'/order/01','equals':4}                             | true",
                "{'pointer':'/order/größe','equals':'XL'}                       | true",
                "{'pointer':'','exists':true}                                   | true",
                "{'and':[{'pointer':'/order/total','gt':1},{'pointer':'/order/total','lt':2}]}       | false",
                "{'and':[{'pointer':'/order/total','gt':1},{'pointer':'/order/total','lt':200}]}     | true",
                "{'or':[{'pointer':'/order/total','gt':200},{'pointer':'/order/total','lt':200}]}    | true",
                "{'or':[{'pointer':'/order/total','gt':200},{'pointer':'/order/total','lt':2}]}      | false",
                "{'not':{'pointer':'/order/test','equals':true}}                | true",
                "{'not':{'pointer':'/order/test','equals':false}}               | false",
                "{'not':{'not':{'pointer':'/order/test','equals':false}}}       | true",
            })
    void matchesWhatItSays(String filter, boolean matches) {
        assertThat(filter(filter).matches(Bytes.utf8(ORDER))).isEqualTo(matches);
    }

    /** Nor does the opposite: it is not known. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'pointer':'/missing','equals':1}",
                "{'pointer':'/missing','equals':null}",
                "{'pointer':'/missing','not_equals':1}",
                "{'pointer':'/missing','in':[1,null]}",
                "{'pointer':'/missing','gt':1}",
                "{'pointer':'/missing','lte':1}",
                "{'pointer':'/missing','prefix':''}",
                "{'pointer':'/order/currency/0','not_equals':1}",
                "{'pointer':'/order/items/x','not_equals':1}",
                "{'pointer':'/order/currency','gt':1}",
                "{'pointer':'/order/currency','lte':1}",
                "{'pointer':'/order/note','lt':1}",
                "{'pointer':'/order/total','prefix':'1'}",
                "{'and':[{'pointer':'/order/test','equals':false},{'pointer':'/missing','equals':1}]}",
                "{'or':[{'pointer':'/order/test','equals':true},{'pointer':'/missing','equals':1}]}",
            })
    void whatIsMissingOrOfAnotherKindMatchesNothing(String filter) {
        assertThat(filter(filter).matches(Bytes.utf8(ORDER))).isFalse();
        assertThat(filter("{'not':" + filter + "}").matches(Bytes.utf8(ORDER))).isFalse();
    }

    @Test
    void whatIsKnownDecidesBesideWhatIsNot() {
        assertThat(filter("{'or':[{'pointer':'/missing','equals':1},{'pointer':'/order/test','equals':false}]}")
                        .matches(Bytes.utf8(ORDER)))
                .isTrue();
        assertThat(filter("{'not':{'and':[{'pointer':'/missing','equals':1},{'pointer':'/order/test','equals':true}]}}")
                        .matches(Bytes.utf8(ORDER)))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{'a':1}}",
                "{'a':1} {'a':1}",
                "{'a':1,}",
                "{'a':01}",
                "{'a':NaN}",
                "{a:1}",
                "// c\n{'a':1}",
                "a",
                "{'a':1}\0",
                "{'a':1,'b':'\t'}",
                "{'a':1,'b':[}"
            })
    void whatIsNoJsonMatchesNothing(String payload) {
        var bytes = Bytes.utf8(payload.replace('\'', '"'));
        assertThat(filter("{'pointer':'/a','equals':1}").matches(bytes)).isFalse();
        assertThat(filter("{'pointer':'/missing','exists':false}").matches(bytes))
                .isFalse();
    }

    @Test
    void jsonInOtherEncodingsMatchesNothing() {
        for (var charset : List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16)) {
            var bytes = Bytes.copyOf("{\"a\":1}".getBytes(charset));
            assertThat(filter("{'pointer':'/b','exists':false}").matches(bytes)).isFalse();
        }
        var notUtf8 = Bytes.copyOf("{\"a\":1,\"b\":\"ü\"}".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(filter("{'pointer':'/a','equals':1}").matches(notUtf8)).isFalse();
    }

    @Test
    void nestingWithoutEndIsNoJson() {
        var deep = Bytes.utf8("{\"a\":1,\"b\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}");
        assertThat(filter("{'pointer':'/a','equals':1}").matches(deep)).isFalse();
        var deepEnough = Bytes.utf8("{\"a\":1,\"b\":" + "[".repeat(400) + "]".repeat(400) + "}");
        assertThat(filter("{'pointer':'/a','equals':1}").matches(deepEnough)).isTrue();
    }

    @Test
    void ofMembersWithOneNameTheLastCountsWithAllThatIsInIt() {
        var twice = Bytes.utf8("{\"a\":{\"x\":1,\"y\":[5]},\"b\":0,\"a\":{\"x\":2}}");

        assertThat(filter("{'pointer':'/a/x','equals':2}").matches(twice)).isTrue();
        assertThat(filter("{'pointer':'/a/x','equals':1}").matches(twice)).isFalse();
        assertThat(filter(
                                "{'and':[{'pointer':'/a/x','equals':2},{'pointer':'/a/y','exists':false},{'pointer':'/a/y/0','exists':false}]}")
                        .matches(twice))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1.0, 0",
        "1, 10e-1, 0",
        "-0.0e99999999999999999999, 0, 0",
        "0.1, 0.10000000000000001, -1",
        "9007199254740993, 9007199254740992, 1",
        "123456789012345678901234567890, 123456789012345678901234567891, -1",
        "-1, -2, 1",
        "-1, 0, -1",
        "1e1000000000, 5, 1",
        "1e-1000000000, 5, -1",
        "1e-1000000000, 0, 1",
        "-1e1000000000, -5, -1",
        "1e99999999999999999999999999, 1e999, 1",
        "1e-99999999999999999999999999, 1e-999, -1",
        "1e+0000000000000000000000002, 100, 0",
        "0.00099, 0.001, -1",
    })
    void numbersCompareExactly(String inPayload, String inFilter, int comparison) {
        var payload = Bytes.utf8("[" + inPayload + "]");
        assertThat(filter("{'pointer':'/0','gt':" + inFilter + "}").matches(payload))
                .isEqualTo(comparison > 0);
        assertThat(filter("{'pointer':'/0','gte':" + inFilter + "}").matches(payload))
                .isEqualTo(comparison >= 0);
        assertThat(filter("{'pointer':'/0','lt':" + inFilter + "}").matches(payload))
                .isEqualTo(comparison < 0);
        assertThat(filter("{'pointer':'/0','lte':" + inFilter + "}").matches(payload))
                .isEqualTo(comparison <= 0);
        assertThat(filter("{'pointer':'/0','equals':" + inFilter + "}").matches(payload))
                .isEqualTo(comparison == 0);
        assertThat(filter("{'pointer':'/0','in':[" + inFilter + "]}").matches(payload))
                .isEqualTo(comparison == 0);
    }

    @Test
    void everyFaultIsNamedWithItsPlace() {
        var faults = faults("""
                {"and": [
                  {"pointer": "order", "gte": "1"},
                  {"or": []},
                  {"pointer": "/a~2", "equals": {}},
                  {"equals": 1},
                  {"pointer": "/a"},
                  {"pointer": "/a", "gt": 1, "lt": 2},
                  {"pointer": "/a", "like": "x"},
                  {"not": 7},
                  {"not": {"pointer": "/a", "exists": "yes"}, "pointer": "/b"},
                  {"pointer": "/a", "in": [1, [], 1.0]},
                  {"pointer": "/a", "in": []},
                  {"pointer": 5, "prefix": 5},
                  {"pointer": "/a", "equals": 1e1001},
                  {"pointer": "/a", "equals": "\\ud800"}
                ]}""");
        assertThat(faults)
                .extracting(Fault::field)
                .containsExactly(
                        "filter.and[0].pointer",
                        "filter.and[0].gte",
                        "filter.and[1].or",
                        "filter.and[2].pointer",
                        "filter.and[2].equals",
                        "filter.and[3].pointer",
                        "filter.and[4]",
                        "filter.and[5]",
                        "filter.and[6].like",
                        "filter.and[6]",
                        "filter.and[7].not",
                        "filter.and[8]",
                        "filter.and[9].in[1]",
                        "filter.and[9].in[2]",
                        "filter.and[10].in",
                        "filter.and[11].pointer",
                        "filter.and[11].prefix",
                        "filter.and[12].equals",
                        "filter.and[13].equals");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "7",
                "{}",
                "{'and':[]",
                "{'pointer':'/a','equals':1,'equals':2}",
                "{'pointer':'/a','equals':1} x"
            })
    void whatIsNoFilterIsRefused(String text) {
        assertThat(faults(text.replace('\'', '"')))
                .isNotEmpty()
                .allMatch(fault -> fault.field().startsWith("filter"));
    }

    @Test
    void itsBoundsAreKept() {
        var one = "{\"pointer\":\"/a\",\"gt\":1}";
        assertThat(filter(list("and", 64, one)).toJson()).isNotEmpty();
        assertThat(faults(list("and", 65, one))).extracting(Fault::field).containsExactly("filter.and");
        assertThat(faults(list("and", 2, list("or", 33, one))))
                .extracting(Fault::field)
                .containsExactly("filter");
        assertThat(filter(nested(8, one)).toJson()).isEqualTo(nested(8, one));
        assertThat(faults(nested(9, one)))
                .extracting(Fault::problem)
                .containsExactly("must not be nested deeper than 8");
        assertThat(faults(nested(600, one))).isNotEmpty();

        var large = "{\"pointer\":\"/a\",\"prefix\":\"" + "x".repeat(8_192 - 28) + "\"}";
        assertThat(filter(large).toJson()).hasSize(8_192);
        assertThat(filter(large.replace(":", " : ")).toJson()).hasSize(8_192);
        assertThat(faults(large.replace("\"}", "x\"}")))
                .extracting(Fault::problem)
                .containsExactly("must be at most 8192 bytes");
        assertThat(faults(" ".repeat(40_000) + one)).hasSize(1);

        assertThat(faults("{\"pointer\":\"" + "/a".repeat(33) + "\",\"gt\":1}")).hasSize(1);
        assertThat(faults("{\"pointer\":\"/" + "a".repeat(512) + "\",\"gt\":1}"))
                .hasSize(1);
        assertThat(faults("{\"pointer\":\"/a\",\"gt\":" + "1".repeat(101) + "}"))
                .hasSize(1);
    }

    @Test
    void equalFiltersAreThoseThatSayTheSame() {
        var one = filter("{ 'in' : [ 100, 'ü', 1e30, 0.000001, -12.50, 1e-7 ], 'pointer' : '/a' }");
        var same = PayloadFilter.parse("{\"pointer\":\"/\\u0061\",\"in\":[1e2,\"\\u00fc\",10E29,1e-6,-12.5,0.1e-6]}");

        assertThat(one).isEqualTo(same).hasSameHashCodeAs(same).hasToString(same.toString());
        assertThat(one.toJson()).isEqualTo("{\"pointer\":\"/a\",\"in\":[100,\"ü\",1e30,0.000001,-12.5,1e-7]}");
        assertThat(PayloadFilter.parse(one.toJson())).isEqualTo(one);
        assertThat(one).isNotEqualTo(filter("{'pointer':'/a','in':[100]}"));
    }

    private static String list(String name, int count, String part) {
        return "{\"" + name + "\":[" + String.join(",", Collections.nCopies(count, part)) + "]}";
    }

    private static String nested(int deep, String part) {
        return "{\"not\":".repeat(deep) + part + "}".repeat(deep);
    }

    private static PayloadFilter filter(String json) {
        return PayloadFilter.parse(json.replace('\'', '"'));
    }

    private static List<Fault> faults(String json) {
        return catchThrowableOfType(InvalidInputException.class, () -> PayloadFilter.parse(json))
                .faults();
    }
}
