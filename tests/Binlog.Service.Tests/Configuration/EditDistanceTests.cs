using Binlog.Service.Configuration.Loading;

namespace Binlog.Service.Tests.Configuration;

public sealed class EditDistanceTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("listen", "listen", 0)]
    [InlineData("listne", "listen", 1)]
    [InlineData("lisen", "listen", 1)]
    [InlineData("lixten", "listen", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Between_TwoWords_CountsEdits(string left, string right, int expected)
    {
        Assert.Equal(expected, EditDistance.Between(left, right));
        Assert.Equal(expected, EditDistance.Between(right, left));
    }

    [Fact]
    public void Nearest_NothingNear_IsNull() => Assert.Null(EditDistance.Nearest("heartbeat", ["listen", "advertise"]));
}
