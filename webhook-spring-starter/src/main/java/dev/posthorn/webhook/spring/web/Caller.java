package dev.posthorn.webhook.spring.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** On whose behalf a request is made, and so what it sees and changes. Immutable. */
public final class Caller {
    private static final Caller EVERYTHING = new Caller(true, null);
    private static final Caller NOTHING = new Caller(false, null);

    private final boolean isUnbound;
    private final @Nullable String tenant;

    private Caller(boolean isUnbound, @Nullable String tenant) {
        this.isUnbound = isUnbound;
        this.tenant = tenant;
    }

    /** Sees and changes everything. */
    public static Caller unbound() {
        return EVERYTHING;
    }

    /** Sees and changes what is this tenant's, and for all else is told that it is not there. */
    public static Caller of(String tenant) {
        return new Caller(false, tenant);
    }

    /** Sees and changes nothing; is told whether the service is well, and no more. */
    public static Caller nobody() {
        return NOTHING;
    }

    /** Whether it sees and changes everything. */
    public boolean isUnbound() {
        return isUnbound;
    }

    /** The tenant it is bound to; {@code null} for none. */
    @Nullable
    String tenant() {
        return tenant;
    }

    boolean sees(String otherTenant) {
        return isUnbound || otherTenant.equals(tenant);
    }

    /**
     * The tenant that a request is about.
     *
     * @param asked what it says itself; {@code null} for nothing, which means the caller's own, if it has one
     * @param field where it says so
     */
    @Nullable
    String tenant(@Nullable String asked, String field, Faults faults) {
        if (isUnbound) {
            return asked;
        }
        if (tenant == null) {
            throw Problems.of(HttpStatus.UNAUTHORIZED, "This is not for everybody.", List.of());
        }
        if (asked != null && !asked.equals(tenant)) {
            faults.add(field, "must be the tenant of the key, which is " + tenant);
        }
        return tenant;
    }
}
