package dev.posthorn.webhook.spring.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The description of the routes, and Swagger UI to read it in, where that is on the class path (org.webjars:swagger-ui). */
@RestController
@RequestMapping(PosthornWebAutoConfiguration.PATH)
final class DocsController {
    private static final String WEBJAR = "META-INF/maven/org.webjars/swagger-ui/pom.properties";
    private static final Map<String, MediaType> ASSETS = Map.of(
            "swagger-ui.css", MediaType.valueOf("text/css"),
            "swagger-ui-bundle.js", MediaType.valueOf("text/javascript"),
            "docs.js", MediaType.valueOf("text/javascript"));
    /** It needs nothing from elsewhere, and styles its elements one by one. */
    private static final String SECURITY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            + "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

    @GetMapping("/openapi.json")
    ResponseEntity<Resource> description() {
        return file(own("openapi.json"), MediaType.APPLICATION_JSON);
    }

    @GetMapping("/docs")
    ResponseEntity<Resource> page() {
        return file(own("docs.html"), new MediaType("text", "html", StandardCharsets.UTF_8));
    }

    @GetMapping("/docs/{name}")
    ResponseEntity<Resource> asset(@PathVariable("name") String name) throws IOException {
        var type = ASSETS.get(name);
        var resource = name.equals("docs.js") ? own(name) : swaggerUi(name);
        if (type == null || !resource.exists()) {
            throw Problems.of(HttpStatus.NOT_FOUND, "There is no such page.", List.of());
        }
        return file(resource, type);
    }

    private static Resource own(String name) {
        return new ClassPathResource(name, DocsController.class);
    }

    private static Resource swaggerUi(String name) throws IOException {
        var properties = new ClassPathResource(WEBJAR);
        if (!properties.exists()) {
            return properties;
        }
        var webjar = new Properties();
        try (var in = properties.getInputStream()) {
            webjar.load(in);
        }
        return new ClassPathResource(
                "META-INF/resources/webjars/swagger-ui/" + webjar.getProperty("version") + "/" + name);
    }

    private static ResponseEntity<Resource> file(Resource resource, MediaType type) {
        return ResponseEntity.ok()
                .contentType(type)
                .header(HttpHeaders.CACHE_CONTROL, "max-age=3600")
                .header("Content-Security-Policy", SECURITY)
                .header("X-Content-Type-Options", "nosniff")
                .body(resource);
    }
}
