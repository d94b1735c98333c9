package dev.posthorn.benchmarks;

import java.util.List;
import java.util.Locale;

/** Horizontal bars with the range of their rounds, as SVG that is readable on light and dark pages. */
final class BarPlot {
    private static final int WIDTH = 720;
    private static final int NAMES = 220;
    private static final int VALUES = 110;
    private static final int ROW = 28;
    private static final int TOP = 48;

    private BarPlot() {}

    /** One system: the median of its rounds, and the least and greatest. */
    record Bar(String name, double median, double least, double greatest) {}

    /** @param unit what the bars' length is */
    static String svg(String title, String unit, List<Bar> bars) {
        double longest = bars.stream().mapToDouble(Bar::greatest).max().orElse(1);
        double scale = (WIDTH - NAMES - VALUES) / (longest > 0 ? longest : 1);
        int height = TOP + ROW * bars.size() + 12;
        var svg = new StringBuilder();
        svg.append(format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %1$d %2$d\" width=\"%1$d\" height=\"%2$d\""
                        + " font-family=\"sans-serif\" font-size=\"13\">%n",
                WIDTH, height));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        svg.append(format("<text x=\"8\" y=\"18\" font-weight=\"bold\" fill=\"#1b1f24\">%s</text>%n", escaped(title)));
        svg.append(format(
                "<text x=\"8\" y=\"36\" fill=\"#57606a\">%s: median, least and greatest round</text>%n",
                escaped(unit)));
        for (int i = 0; i < bars.size(); i++) {
            var bar = bars.get(i);
            int top = TOP + ROW * i;
            int middle = top + ROW / 2;
            var colour = bar.name.startsWith("Posthorn") ? "#1f6feb" : "#8c959f";
            svg.append(format(
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#1b1f24\">%s</text>%n",
                    NAMES - 8, middle + 4, escaped(bar.name)));
            svg.append(format(
                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                    NAMES, top + 4, bar.median * scale, ROW - 8, colour));
            svg.append(format(
                    "<path d=\"M%.1f %2$d H%3$.1f M%1$.1f %4$d V%5$d M%3$.1f %4$d V%5$d\" stroke=\"#1b1f24\" fill=\"none\"/>%n",
                    NAMES + bar.least * scale, middle, NAMES + bar.greatest * scale, middle - 4, middle + 4));
            svg.append(format(
                    "<text x=\"%.1f\" y=\"%d\" fill=\"#1b1f24\">%s</text>%n",
                    NAMES + bar.greatest * scale + 6, middle + 4, Results.number(bar.median)));
        }
        return svg.append("</svg>\n").toString();
    }

    private static String format(String form, Object... values) {
        return String.format(Locale.ROOT, form.replace("%n", "\n"), values);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
