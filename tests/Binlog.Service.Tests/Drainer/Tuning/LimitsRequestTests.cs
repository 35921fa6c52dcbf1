using System.Text;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Tuning;

namespace Binlog.Service.Tests.Drainer.Tuning;

public sealed class LimitsRequestTests
{
    private static readonly ApplyLimits Current = new() { Workers = 4, Transactions = 500, Rows = 2000, Bytes = 7 };

    [Theory]
    [InlineData("""{"workers":8}""", 8, 500, 2000)]
    [InlineData("""{"workers":1,"batchTransactions":100000,"batchRows":1000000}""", 1, 100_000, 1_000_000)]
    [InlineData("""{"batchRows":1}""", 4, 500, 1)]
    public void Read_Right_ChangesWhatIsNamed(string json, int workers, int transactions, int rows)
    {
        ApplyLimits limits = LimitsRequest.Read(Encoding.UTF8.GetBytes(json), Current, out IReadOnlyList<string> errors);

        Assert.Empty(errors);
        Assert.Equal(new ApplyLimits { Workers = workers, Transactions = transactions, Rows = rows, Bytes = 7 }, limits);
    }

    [Fact]
    public void Read_SeveralMistakes_TellsAllAndChangesNothing()
    {
        ApplyLimits limits = LimitsRequest.Read(
            """{"workers":0,"batchTransactions":"500","batchRows":1.5,"workres":4,"standby":true}"""u8.ToArray(), Current, out IReadOnlyList<string> errors);

        Assert.Equal(
            [
                "workers: found 0, expected an integer from 1 to 256.",
                "batchTransactions: found \"500\", expected an integer from 1 to 100000. Write 500 without the quotes.",
                "batchRows: found 1.5, expected an integer from 1 to 1000000.",
                "workres: it can't be changed at run time. Did you mean workers? There are: workers, batchTransactions, batchRows.",
                "standby: it can't be changed at run time. There are: workers, batchTransactions, batchRows.",
            ],
            errors);
        Assert.Same(Current, limits);
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"workers":1,"workers":2}""", "not valid JSON")]
    [InlineData("[1]", "found Array")]
    [InlineData("8", "found Number")]
    [InlineData("{}", "found none of them")]
    public void Read_NoObjectWithSettings_IsRefused(string json, string problem)
    {
        ApplyLimits limits = LimitsRequest.Read(Encoding.UTF8.GetBytes(json), Current, out IReadOnlyList<string> errors);

        Assert.Contains(problem, Assert.Single(errors), StringComparison.Ordinal);
        Assert.Contains("""such as {"workers":8}.""", errors[0], StringComparison.Ordinal);
        Assert.Same(Current, limits);
    }
}
