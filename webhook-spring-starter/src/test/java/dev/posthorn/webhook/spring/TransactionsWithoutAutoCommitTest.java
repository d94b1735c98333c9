package dev.posthorn.webhook.spring;

/** The same with a pool whose connections begin transactions by themselves. */
class TransactionsWithoutAutoCommitTest extends TransactionTests {
    TransactionsWithoutAutoCommitTest() {
        super(false);
    }
}
