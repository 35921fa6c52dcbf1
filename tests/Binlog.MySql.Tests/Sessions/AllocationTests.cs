using Binlog.MySql.Tests.Fakes;
using Binlog.MySql.Tests.RealServer;

namespace Binlog.MySql.Tests.Sessions;

[Collection(nameof(MeasuringTests))]
public class AllocationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task QueryAsync_HeaderAnnouncesMoreThanComes_AllocatesByWhatCame()
    {
        const int Announced = 0xFFFFFF;
        await using var server = new FakeMySqlServer
        {
            Script = async connection =>
            {
                await connection.WriteAsync(FakePackets.Greeting());
                await connection.ReadLoginAsync();
                await connection.WriteAsync(FakePackets.AuthMore(3), FakePackets.Ok());
                await connection.ReadQueryAsync();
                await connection.WriteAsync(FakePackets.Ok());
                await connection.ReadQueryAsync();
                await connection.WriteRawAsync((byte[])[Announced & 0xFF, Announced >> 8 & 0xFF, Announced >> 16, 1, 0, 0, 0]);
                connection.EndWriting();
                await connection.DrainAsync();
            },
        };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        var before = GC.GetTotalAllocatedBytes();
        await Assert.ThrowsAsync<MySqlException>(() => connection.QueryAsync("SELECT 1", Token));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 2_000_000);
    }
}
