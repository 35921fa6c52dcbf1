using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Tests.Downstream.Outside;

public sealed class OriginalCheckpointTests
{
    [Theory]
    [InlineData("""{"consistent":true,"commitTS":416083126391898115,"ts-map":{},"schema-version":72}""", 416083126391898115, true)]
    [InlineData("""{"consistent":false,"commitTS":5,"ts-map":{"primary-ts":1,"secondary-ts":2},"schema-version":72}""", 5, false)]
    [InlineData("""{"commitTS":5}""", 5, false)]
    public void OfJson_WhatTheOriginalWrites_IsRead(string json, ulong commitTs, bool isConsistent) =>
        Assert.Equal(new OriginalCheckpoint(commitTs, isConsistent, "here"), OriginalCheckpoint.OfJson(json, "here"));

    [Theory]
    [InlineData("consistent = false\ncommitTS = 416083126391898115\nschema-version = 72\n", 416083126391898115, false)]
    [InlineData("commitTS = 5\nconsistent = true\n", 5, true)]
    [InlineData("commitTS = 5\n", 5, true)]
    public void OfToml_WhatTheOriginalWrites_IsRead(string toml, ulong commitTs, bool isConsistent) =>
        Assert.Equal(new OriginalCheckpoint(commitTs, isConsistent, "here"), OriginalCheckpoint.OfToml(toml, "here"));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"commitTS":-1}""")]
    [InlineData("""{"commitTS":"5"}""")]
    public void OfJson_AnythingElse_SaysWhereAndWhatToDo(string json)
    {
        TargetException error = Assert.Throws<TargetException>(() => OriginalCheckpoint.OfJson(json, "here"));

        Assert.StartsWith("here is not a checkpoint of TiDB Binlog's Drainer: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("set drainer.checkpoint.takeOver to false", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("commitTS = \"5\"\n")]
    [InlineData("commitTS 5\n")]
    [InlineData("x = 1\n")]
    public void OfToml_AnythingElse_SaysSo(string toml) => Assert.Throws<TargetException>(() => OriginalCheckpoint.OfToml(toml, "here"));
}
