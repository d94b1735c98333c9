package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Claimed;
import dev.posthorn.webhook.spi.Lease;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.Placed;
import dev.posthorn.webhook.spi.QueueStats;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.spi.Ticket;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WakingQueue;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;

/**
 * A queue in Redis 7 or later, or Valkey: for a store without a queue of its own. Redis may lose everything without an event
 * being lost, because the store has all of it; so it needs no persistence. Any number of nodes may share it. It is made of
 * one shard or more; more than one are of use on a cluster only, which runs commands on as many processors as there are
 * masters with shards. The client given to it is used as it is, and closed by whoever made it. Safe for use by several
 * threads.
 */
public final class RedisDeliveryQueue implements OutsideQueue, WakingQueue {
    /** How many tickets a script is given at most, so that the server answers others in between. */
    private static final int CHUNK = 1_000;
    /** Over how many subscriptions due tickets are counted. */
    private static final int COUNTED = 1_000;

    private static final byte[] NOTHING = {};
    private static final byte[] FIRST_ATTEMPT = {'f'};
    private static final byte[] RETRY = {'r'};
    private static final byte[] NO = {'0'};
    private static final byte[] YES = {'1'};

    private final Shards shards;
    private final AtomicLong claims = new AtomicLong();

    RedisDeliveryQueue(Shards shards) {
        this.shards = shards;
    }

    /**
     * A queue with all defaults: one shard, keys that begin with {@code posthorn}.
     *
     * @param redis the client: of a server, of Sentinels or of a cluster. Its pool should have 8 connections, and its
     *     timeouts should be some seconds
     * @throws IllegalStateException if the server cannot be used, naming every reason
     * @throws dev.posthorn.webhook.spi.StoreException if it cannot be reached, or is only just starting; of a cluster, if no
     *     master with a shard can. What cannot be asked while one is away is checked before the shard is used
     */
    public static RedisDeliveryQueue create(UnifiedJedis redis) {
        return builder(redis).build();
    }

    /**
     * Checks what {@link Builder#keyPrefix(String)} and {@link Builder#shards(int)} are to be given, before there is a client.
     *
     * @throws dev.posthorn.webhook.InvalidInputException naming every setting that cannot be
     */
    public static void checkSettings(String keyPrefix, int shards) {
        Opening.checkSettings(keyPrefix, shards);
    }

    /** A builder for a queue on this client, as for {@link #create}. */
    public static Builder builder(UnifiedJedis redis) {
        return new Builder(redis);
    }

    /**
     * {@inheritDoc}
     *
     * @throws StoreException if a shard failed; tickets of others may be on the queue
     */
    @Override
    public Placed enqueue(List<Ticket> tickets) {
        var tokens = new HashMap<Ticket, List<Long>>();
        var problems = new ArrayList<StoreException>();
        shards.split(tickets, Ticket::subscriptionId).forEach((shard, all) -> {
            try {
                chunks(all).forEach(chunk -> enqueue(shard, chunk, tokens));
            } catch (StoreException problem) {
                problems.add(problem);
            }
        });
        ringFor(tickets);
        if (!problems.isEmpty()) {
            throw problems.get(0);
        }
        var leases = new ArrayList<Lease>();
        var alreadyLeased = new HashSet<UUID>();
        for (var ticket : tickets) {
            // A list, since one ticket may be given twice.
            long token = tokens.getOrDefault(ticket, List.of()).remove(0);
            if (token < 0) {
                alreadyLeased.add(ticket.deliveryId());
            } else if (token > 0) {
                leases.add(new Lease(ticket.deliveryId(), ticket.subscriptionId(), token));
            }
        }
        return new Placed(leases, alreadyLeased);
    }

    /** Nodes wait at the first shard, which itself wakes them for what is put there. */
    private void ringFor(List<Ticket> tickets) {
        if (shards.count() == 1) {
            return;
        }
        var due = tickets.stream()
                .filter(ticket -> ticket.lease() == null && ticket.delay().isZero())
                .toList();
        if (due.isEmpty() || due.stream().anyMatch(ticket -> shards.of(ticket.subscriptionId()) == 0)) {
            return;
        }
        try {
            shards.ask(Script.RING, 0, List.of());
        } catch (StoreException problem) {
            // They are found within the poll interval.
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Holds a connection of the client's pool meanwhile.
     */
    @Override
    public boolean await(Duration atMost) {
        return shards.await(atMost);
    }

    private void enqueue(int shard, List<Ticket> tickets, Map<Ticket, List<Long>> tokens) {
        var arguments = new ArrayList<byte[]>();
        arguments.add(shard == 0 ? YES : NO);
        for (var ticket : tickets) {
            var lease = ticket.lease();
            arguments.add(Shards.bytes(ticket.deliveryId(), ticket.subscriptionId()));
            arguments.add(micros(ticket.delay()));
            arguments.add(lease == null ? NOTHING : micros(lease));
            arguments.add(ticket.isRetry() ? RETRY : FIRST_ATTEMPT);
        }
        var answers = shards.run(Script.ENQUEUE, shard, arguments);
        for (int i = 0; i < tickets.size(); i++) {
            long given = (Long) answers.get(i);
            tokens.computeIfAbsent(tickets.get(i), ticket -> new ArrayList<>())
                    .add(given > 0 ? Shards.token(shard, given) : given);
        }
    }

    @Override
    public Claimed claim(ClaimRequest request) {
        return new ShardedClaim(shards, request, claims.incrementAndGet()).run();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Where a shard fails and another does not, the leases of the one are lost: they run out.
     */
    @Override
    public Set<UUID> settle(List<Settlement> settlements) {
        var lost = new HashSet<UUID>();
        var problems = new ArrayList<StoreException>();
        var split = shards.split(settlements, settlement -> settlement.lease().subscriptionId());
        split.forEach((shard, all) -> {
            try {
                chunks(all).forEach(chunk -> settle(shard, chunk, lost));
            } catch (StoreException problem) {
                problems.add(problem);
                all.forEach(settlement -> lost.add(settlement.lease().deliveryId()));
            }
        });
        if (!problems.isEmpty() && problems.size() == split.size()) {
            throw problems.get(0);
        }
        return lost;
    }

    private void settle(int shard, List<Settlement> settlements, Set<UUID> lost) {
        var arguments = new ArrayList<byte[]>();
        for (var settlement : settlements) {
            var again = settlement instanceof Settlement.Again some ? some : null;
            arguments.add(Shards.bytes(settlement.lease().deliveryId()));
            arguments.add(number(Shards.given(settlement.lease().token())));
            arguments.add(again == null ? NOTHING : micros(again.delay()));
            arguments.add(again != null && again.isRetry() ? YES : NO);
        }
        var answers = shards.run(Script.SETTLE, shard, arguments);
        for (int i = 0; i < settlements.size(); i++) {
            if ((Long) answers.get(i) != 0) {
                lost.add(settlements.get(i).lease().deliveryId());
            }
        }
    }

    @Override
    public void remove(Collection<UUID> deliveryIds) {
        // Where a delivery's ticket is depends on its subscription, which is not told here.
        for (int shard = 0; shard < shards.count(); shard++) {
            for (var chunk : chunks(List.copyOf(deliveryIds))) {
                shards.ask(
                        Script.REMOVE, shard, chunk.stream().map(Shards::bytes).toList());
            }
        }
    }

    @Override
    public int count(Collection<UUID> subscriptionIds, int atMost) {
        long count = 0;
        for (var each : countEach(subscriptionIds, atMost).values()) {
            count = Math.min(count + each, atMost);
        }
        return (int) count;
    }

    @Override
    public Map<UUID, Integer> countEach(Collection<UUID> subscriptionIds, int atMost) {
        var counts = new LinkedHashMap<UUID, Integer>();
        shards.split(Set.copyOf(subscriptionIds), id -> id).forEach((shard, all) -> {
            for (var chunk : chunks(all)) {
                var answers = shards.run(
                        Script.COUNT, shard, chunk.stream().map(Shards::bytes).toList());
                for (int i = 0; i < chunk.size(); i++) {
                    counts.put(chunk.get(i), (int) Math.min((Long) answers.get(i), atMost));
                }
            }
        });
        return counts;
    }

    @Override
    public QueueStats stats() {
        long tickets = 0;
        Duration oldest = null;
        for (int shard = 0; shard < shards.count(); shard++) {
            var stats = stats(shard, 0);
            tickets += stats.tickets();
            oldest = longer(oldest, stats.oldestDue());
        }
        return new QueueStats(tickets, oldest);
    }

    /** Of how many shards it is made. */
    public int shardCount() {
        return shards.count();
    }

    /** How full each shard is, in their order: one command for each. */
    public List<ShardStats> shardStats() {
        var all = new ArrayList<ShardStats>();
        for (int shard = 0; shard < shards.count(); shard++) {
            all.add(stats(shard, COUNTED));
        }
        return all;
    }

    private ShardStats stats(int shard, int counted) {
        var answer = shards.run(Script.STATS, shard, List.of(number(counted)));
        long overdueBy = (Long) answer.get(2);
        return new ShardStats(
                shard, (Long) answer.get(0), (Long) answer.get(1), overdueBy < 0 ? null : duration(overdueBy));
    }

    /**
     * {@inheritDoc} Every shard has it, so that it is lost when any of them loses its tickets.
     *
     * @throws StoreException also if another node has settled that it is made of another number of shards since the server
     *     lost everything, or if the server that keeps the number may not
     */
    @Override
    public Optional<String> mark() {
        var faults = shards.settle();
        if (!faults.isEmpty()) {
            throw StoreException.lasting(ServerCheck.message(faults), null);
        }
        var marks = new HashSet<Optional<String>>();
        for (int shard = 0; shard < shards.count(); shard++) {
            var mark = (byte[]) shards.ask(Script.MARK, shard, List.of());
            marks.add(Optional.ofNullable(mark).map(text -> new String(text, UTF_8)));
        }
        return marks.size() == 1 ? marks.iterator().next() : Optional.empty();
    }

    @Override
    public boolean mark(@Nullable String before, String mark) {
        var arguments = new ArrayList<byte[]>(List.of(mark.getBytes(UTF_8)));
        if (before != null) {
            arguments.add(before.getBytes(UTF_8));
        }
        boolean isLeft = true;
        for (int shard = 0; shard < shards.count() && isLeft; shard++) {
            isLeft = Objects.equals(shards.ask(Script.MARK, shard, arguments), 1L);
        }
        return isLeft;
    }

    private static @Nullable Duration longer(@Nullable Duration one, @Nullable Duration other) {
        return one == null || (other != null && other.compareTo(one) > 0) ? other : one;
    }

    private static <T> List<List<T>> chunks(List<T> all) {
        if (all.size() <= CHUNK) {
            return all.isEmpty() ? List.of() : List.of(all);
        }
        var chunks = new ArrayList<List<T>>();
        for (int from = 0; from < all.size(); from += CHUNK) {
            chunks.add(all.subList(from, Math.min(from + CHUNK, all.size())));
        }
        return chunks;
    }

    static byte[] number(long number) {
        return Long.toString(number).getBytes(UTF_8);
    }

    /** In microseconds, rounded up, so that nothing comes too early. */
    static byte[] micros(Duration duration) {
        var most = Duration.ofDays(100_000);
        long nanos = duration.compareTo(most) > 0 ? most.toNanos() : duration.toNanos();
        return number((nanos + 999) / 1_000);
    }

    static Duration duration(long micros) {
        return Duration.ofNanos(micros * 1_000);
    }

    static UUID uuid(ByteBuffer bytes) {
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    /** What a queue is made with. Used by one thread, once. */
    public static final class Builder {
        private final UnifiedJedis redis;
        private String keyPrefix = "posthorn";
        private int shards = 1;
        private @Nullable TimeSource time;

        private Builder(UnifiedJedis redis) {
            this.redis = redis;
        }

        /**
         * What all its keys begin with, so that several may share a server; by default {@code posthorn}. 1 to 100 characters
         * of {@code A-Z a-z 0-9 _ - . :}.
         */
        public Builder keyPrefix(String prefix) {
            keyPrefix = prefix;
            return this;
        }

        /**
         * Of how many shards it is made: 1 to 256, by default 1. The first node that uses the queue settles it; all others
         * must say the same.
         */
        public Builder shards(int count) {
            shards = count;
            return this;
        }

        /** Another clock than the server's, for tests that move time. */
        public Builder time(TimeSource clock) {
            time = clock;
            return this;
        }

        /**
         * The queue.
         *
         * @throws dev.posthorn.webhook.InvalidInputException naming every setting that cannot be
         * @throws IllegalStateException if the server cannot be used, naming every reason
         * @throws dev.posthorn.webhook.spi.StoreException if it cannot be reached, or is only just starting; of a cluster, if no
         *     master with a shard can. What cannot be asked while one is away is checked before the shard is used
         */
        public RedisDeliveryQueue build() {
            return new Opening(redis, keyPrefix, shards, time).open();
        }
    }
}
