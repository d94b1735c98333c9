package dev.posthorn.webhook.threads;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Interrupts threads when their time is up, which is how to end calls that take no deadline. Safe for use by several threads. */
public final class AlarmClock {
    private final ScheduledThreadPoolExecutor timer;

    /** With a thread of this name, which lives from the first alarm until it is closed. */
    public AlarmClock(String threadName) {
        timer = new ScheduledThreadPoolExecutor(1, task -> {
            var thread = new Thread(task, threadName);
            thread.setDaemon(true);
            return thread;
        });
        // Nearly all calls end long before their deadline, and would otherwise be held in memory until then.
        timer.setRemoveOnCancelPolicy(true);
    }

    /** The calling thread is interrupted after so long, unless the alarm is stopped before. */
    public Alarm set(long nanos) {
        var alarm = new Alarm(Thread.currentThread());
        alarm.scheduled = timer.schedule(alarm::ring, nanos, TimeUnit.NANOSECONDS);
        return alarm;
    }

    /** How many alarms are set. */
    public int waiting() {
        return timer.getQueue().size();
    }

    /** Ends the thread. No alarm rings any more. */
    public void close() {
        timer.shutdownNow();
    }

    /** Interrupts one thread once, and never after it was stopped. */
    public static final class Alarm {
        private final Thread thread;
        private @Nullable Future<?> scheduled;
        private boolean hasRung;
        private boolean isStopped;

        private Alarm(Thread thread) {
            this.thread = thread;
        }

        private synchronized void ring() {
            if (!isStopped) {
                hasRung = true;
                thread.interrupt();
            }
        }

        /** By the thread that set it: whether it has rung; if not, it no longer will. May be asked again. */
        public synchronized boolean stop() {
            isStopped = true;
            if (scheduled != null) {
                scheduled.cancel(false);
            }
            return hasRung;
        }
    }
}
